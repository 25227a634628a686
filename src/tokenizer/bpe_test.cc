#include "tokenizer/bpe.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <random>
#include <string>

namespace yixin {
namespace {

std::array<int32_t, 256> BytesAsIds() {
  std::array<int32_t, 256> ids;
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

std::vector<int32_t> Encode(std::string_view piece, const MergeTable& merges) {
  BpeScratch scratch;
  std::vector<int32_t> ids;
  EncodePiece(piece, merges, BytesAsIds(), scratch, ids);
  return ids;
}

// The definition: look at all pairs, merge the best, the leftmost first, until none merges.
std::vector<int32_t> SlowEncode(std::string_view piece, const MergeTable& merges) {
  std::vector<int32_t> ids;
  for (const char byte : piece) ids.push_back(static_cast<uint8_t>(byte));
  for (;;) {
    Merge best;
    size_t at = 0;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      const Merge merge = merges.Find(ids[i], ids[i + 1]);
      if (merge.rank < best.rank) best = merge, at = i;
    }
    if (best.rank == Merge::kNoRank) return ids;
    ids[at] = best.id;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

TEST(Bpe, WithoutMergesBytesStay) {
  EXPECT_EQ(Encode("", MergeTable()), std::vector<int32_t>());
  EXPECT_EQ(Encode("ab\xff", MergeTable()), (std::vector<int32_t>{'a', 'b', 255}));
}

TEST(Bpe, RankDecidesAndThenTheLeft) {
  MergeTable merges(3);
  merges.Insert('b', 'c', {0, 300});
  merges.Insert('a', 'b', {1, 301});
  merges.Insert('x', 'x', {2, 302});
  EXPECT_EQ(Encode("abc", merges), (std::vector<int32_t>{'a', 300}));
  EXPECT_EQ(Encode("abab", merges), (std::vector<int32_t>{301, 301}));
  EXPECT_EQ(Encode("xxx", merges), (std::vector<int32_t>{302, 'x'}));
}

TEST(Bpe, AgreesWithTheDefinition) {
  std::mt19937 random(11);
  for (int round = 0; round < 2000; ++round) {
    MergeTable merges(60);
    const int letters = 2 + static_cast<int>(random() % 3);
    int32_t ids = letters;
    for (uint32_t rank = 0; rank < 60; ++rank) {
      const auto symbol = [&] {
        const auto i = static_cast<int32_t>(random() % ids);
        return i < letters ? 'a' + i : 300 + i;
      };
      const int32_t left = symbol();
      if (merges.Insert(left, symbol(), {rank, 300 + ids})) ++ids;
    }
    std::string piece;
    for (size_t i = random() % 60; i > 0; --i) piece.push_back('a' + random() % letters);
    ASSERT_EQ(Encode(piece, merges), SlowEncode(piece, merges)) << round << " " << piece;
  }
}

// A million bytes in one piece: quadratic merging would take hours.
TEST(Bpe, OneLongPiece) {
  MergeTable merges(20);
  int32_t id = 'A';
  for (uint32_t rank = 0; rank < 20; ++rank) {
    merges.Insert(id, id, {rank, 1000 + static_cast<int32_t>(rank)});
    id = 1000 + static_cast<int32_t>(rank);
  }
  EXPECT_EQ(Encode(std::string(1 << 20, 'A'), merges), std::vector<int32_t>{1019});
  EXPECT_EQ(Encode(std::string((1 << 20) - 1, 'A'), merges).size(), 20u);
}

TEST(Bpe, ScratchCarriesNothingOver) {
  MergeTable merges(1);
  merges.Insert('a', 'a', {0, 300});
  BpeScratch scratch;
  std::vector<int32_t> ids;
  EncodePiece("aaaaaaaa", merges, BytesAsIds(), scratch, ids);
  EncodePiece("ba", merges, BytesAsIds(), scratch, ids);
  EXPECT_EQ(ids, (std::vector<int32_t>{300, 300, 300, 300, 'b', 'a'}));
}

}  // namespace
}  // namespace yixin
