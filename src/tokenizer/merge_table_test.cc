#include "tokenizer/merge_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace yixin {
namespace {

TEST(MergeTable, EmptyTableFindsNothing) {
  EXPECT_EQ(MergeTable().Find(0, 0).rank, Merge::kNoRank);
  EXPECT_EQ(MergeTable(0).Find(5, 7).id, -1);
}

TEST(MergeTable, PairsAreOrderedAndUnique) {
  MergeTable table(2);
  EXPECT_TRUE(table.Insert(1, 2, {0, 10}));
  EXPECT_TRUE(table.Insert(2, 1, {1, 11}));
  EXPECT_FALSE(table.Insert(1, 2, {2, 12}));
  EXPECT_EQ(table.Find(1, 2).id, 10);
  EXPECT_EQ(table.Find(1, 2).rank, 0u);
  EXPECT_EQ(table.Find(2, 1).id, 11);
  EXPECT_EQ(table.Find(1, 1).rank, Merge::kNoRank);
}

TEST(MergeTable, AgreesWithAMapWhenFull) {
  std::mt19937 random(3);
  std::map<std::pair<int32_t, int32_t>, int32_t> expected;
  constexpr int kCount = 20000;
  MergeTable table(kCount);
  for (int i = 0; i < kCount; ++i) {
    const auto left = static_cast<int32_t>(random() % 200);
    const auto right = static_cast<int32_t>(random() % 200 + (i % 2 ? 0x7fffff00 : 0));
    EXPECT_EQ(table.Insert(left, right, {static_cast<uint32_t>(i), i}),
              expected.emplace(std::pair(left, right), i).second);
  }
  for (const auto& [pair, id] : expected) EXPECT_EQ(table.Find(pair.first, pair.second).id, id);
  EXPECT_EQ(table.Find(200, 0).rank, Merge::kNoRank);
}

}  // namespace
}  // namespace yixin
