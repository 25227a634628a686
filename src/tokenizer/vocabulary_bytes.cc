// A vocabulary as bytes: a head of fixed size, then the arrays one after the other. Little-endian.
// Tested by: vocabulary_test.cc; fuzzed by tests/fuzz/tokenizer_table_fuzz.cc
#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "tokenizer/vocabulary.h"

namespace yixin {
namespace {

// merge slots [merge_slots], offsets [tokens + 1], types [tokens], bytes [token_bytes] follow.
struct Head {
  uint32_t tokens;
  uint32_t merge_slots;
  uint32_t token_bytes;
  uint32_t reserved;  // 0
  int32_t byte_ids[256];
};
static_assert(sizeof(Head) == 1040 && sizeof(MergeTable::Slot) == 16);

Error Damaged(const std::string& what) {
  return {ErrorCode::kInvalidFile, "the stored vocabulary is damaged: " + what, "vocabulary"};
}

// The next `count` values of an array that is known to be within the bytes.
template <typename T>
std::span<const T> TakeArray(const std::byte*& at, size_t count) {
  const std::span<const T> array(reinterpret_cast<const T*>(at), count);
  at += array.size_bytes();
  return array;
}

}  // namespace

std::vector<std::byte> Vocabulary::Serialise() const {
  Head head{.tokens = static_cast<uint32_t>(types_.size()),
            .merge_slots = static_cast<uint32_t>(merges_.slots().size()),
            .token_bytes = static_cast<uint32_t>(bytes_.size()),
            .reserved = 0,
            .byte_ids = {}};
  std::ranges::copy(byte_ids_, head.byte_ids);
  std::vector<std::byte> bytes(sizeof(head) + merges_.slots().size_bytes() + offsets_.size_bytes() +
                               types_.size_bytes() + bytes_.size());
  std::byte* at = bytes.data();
  const auto put = [&at](std::span<const std::byte> array) {
    at = std::ranges::copy(array, at).out;
  };
  put(std::as_bytes(std::span(&head, 1)));
  put(std::as_bytes(merges_.slots()));
  put(std::as_bytes(offsets_));
  put(std::as_bytes(types_));
  put(std::as_bytes(std::span(bytes_)));
  return bytes;
}

Result<Vocabulary> Vocabulary::Map(std::span<const std::byte> bytes) {
  Head head;
  if (bytes.size() < sizeof(head)) return Damaged("it is cut short");
  std::memcpy(&head, bytes.data(), sizeof(head));
  // Counts of 32 bits, so the sum cannot overflow.
  const uint64_t expected = sizeof(Head) + uint64_t{head.merge_slots} * sizeof(MergeTable::Slot) +
                            (uint64_t{head.tokens} + 1) * sizeof(uint32_t) + head.tokens +
                            head.token_bytes;
  if (bytes.size() != expected) {
    return Damaged("expected " + std::to_string(expected) + " bytes, got " +
                   std::to_string(bytes.size()));
  }
  if (head.tokens == 0 || head.tokens >= std::numeric_limits<int32_t>::max() ||
      !std::has_single_bit(head.merge_slots)) {
    return Damaged("its counts are out of range");
  }
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(MergeTable::Slot) != 0) {
    return Damaged("it lies at an odd address");
  }
  Vocabulary vocabulary;
  const std::byte* at = bytes.data() + sizeof(head);
  vocabulary.merges_ = MergeTable(TakeArray<MergeTable::Slot>(at, head.merge_slots));
  vocabulary.offsets_ = TakeArray<uint32_t>(at, size_t{head.tokens} + 1);
  vocabulary.types_ = TakeArray<uint8_t>(at, head.tokens);
  vocabulary.bytes_ = {reinterpret_cast<const char*>(at), head.token_bytes};
  std::ranges::copy(head.byte_ids, vocabulary.byte_ids_.begin());
  YIXIN_CHECK_OK(vocabulary.CheckMapped());
  vocabulary.NoteMissingBytes();
  return vocabulary;
}

Status Vocabulary::CheckMapped() const {
  if (offsets_.front() != 0 || offsets_.back() != bytes_.size() ||
      !std::ranges::is_sorted(offsets_)) {
    return Damaged("its tokens overlap");
  }
  constexpr auto kLeast = static_cast<uint8_t>(TokenType::kNormal);
  constexpr auto kMost = static_cast<uint8_t>(TokenType::kUnused);
  if (!std::ranges::all_of(types_, [](uint8_t type) { return type >= kLeast && type <= kMost; })) {
    return Damaged("a token has no type");
  }
  // Normal tokens alone: what plain text becomes is never an added token.
  const auto is_normal = [this](int32_t id) {
    return Contains(id) && TypeOf(id) == TokenType::kNormal;
  };
  for (const int32_t id : byte_ids_) {
    if (id != -1 && !is_normal(id)) return Damaged("a byte has no token");
  }
  size_t free = 0;
  for (const MergeTable::Slot& slot : merges_.slots()) {
    if (slot.left == -1 && slot.merge.rank == Merge::kNoRank) {
      ++free;
    } else if (!is_normal(slot.left) || !is_normal(slot.right) || !is_normal(slot.merge.id)) {
      return Damaged("a merge is of tokens that do not merge");
    }
  }
  if (free == 0) return Damaged("its table of merges is full");  // a search would not end
  return {};
}

}  // namespace yixin
