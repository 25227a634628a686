// (left id, right id) -> rank and merged id: one flat open-addressing table, no strings. Its slots
// are the same in memory and in a packed file. Tested by: merge_table_test.cc
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace yixin {

struct Merge {
  static constexpr uint32_t kNoRank = std::numeric_limits<uint32_t>::max();
  uint32_t rank = kNoRank;  // lower is merged earlier; kNoRank: the pair does not merge
  int32_t id = -1;          // of the merged token
};

class MergeTable {
 public:
  struct Slot {
    int32_t left = -1;  // -1: free
    int32_t right = -1;
    Merge merge;
  };

  // Room for `count` merges. Cost: 16 bytes times the power of two from 1.5 * count.
  explicit MergeTable(size_t count = 0);
  // Of slots() that were stored; they must outlive it. In: a power of two of them, one free.
  explicit MergeTable(std::span<const Slot> slots) : slots_(slots) {}
  MergeTable(MergeTable&&) noexcept = default;  // slots stay where they are
  MergeTable& operator=(MergeTable&&) noexcept = default;

  // False when the pair is there already. In: ids >= 0; at most `count` calls.
  bool Insert(int32_t left, int32_t right, Merge merge);
  Merge Find(int32_t left, int32_t right) const;

  std::span<const Slot> slots() const { return slots_; }  // [power of two]

 private:
  size_t SlotOf(int32_t left, int32_t right) const;

  std::vector<Slot> owned_;
  std::span<const Slot> slots_;  // owned_, or stored ones
};

}  // namespace yixin
