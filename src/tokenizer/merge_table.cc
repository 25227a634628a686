// Tested by: merge_table_test.cc
#include "tokenizer/merge_table.h"

#include <bit>

namespace yixin {

MergeTable::MergeTable(size_t count)
    : owned_(std::bit_ceil(count + count / 2 + 1)), slots_(owned_) {}

// The slot that holds the pair, or the free one where it would go: linear probing ends because a
// third of the slots is free.
size_t MergeTable::SlotOf(int32_t left, int32_t right) const {
  const uint64_t key =
      uint64_t{static_cast<uint32_t>(left)} << 32 | uint64_t{static_cast<uint32_t>(right)};
  // Fibonacci hashing: 2^64 divided by the golden ratio; the high bits are the mixed ones.
  const uint64_t mixed = (key ^ key >> 29) * 0x9e3779b97f4a7c15u;
  const size_t mask = slots_.size() - 1;
  size_t slot = static_cast<size_t>(mixed >> 32) & mask;
  while (slots_[slot].left >= 0 && (slots_[slot].left != left || slots_[slot].right != right)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

bool MergeTable::Insert(int32_t left, int32_t right, Merge merge) {
  Slot& slot = owned_[SlotOf(left, right)];
  if (slot.left >= 0) return false;
  slot = {left, right, merge};
  return true;
}

Merge MergeTable::Find(int32_t left, int32_t right) const {
  return slots_[SlotOf(left, right)].merge;
}

}  // namespace yixin
