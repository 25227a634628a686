// Tested by: bpe_test.cc
#include "tokenizer/bpe.h"

#include <algorithm>
#include <functional>

namespace yixin {
namespace {

constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

uint64_t HeapKey(Merge merge, uint32_t position) { return uint64_t{merge.rank} << 32 | position; }

// Looks up what the symbol at `position` makes with its neighbour.
void UpdateMerge(uint32_t position, const MergeTable& merges, BpeScratch& scratch) {
  BpeScratch::Symbol& symbol = scratch.symbols[position];
  symbol.merge =
      symbol.next == kNone ? Merge{} : merges.Find(symbol.id, scratch.symbols[symbol.next].id);
}

void Push(uint32_t position, BpeScratch& scratch) {
  const Merge merge = scratch.symbols[position].merge;
  if (merge.rank == Merge::kNoRank) return;
  scratch.heap.push_back(HeapKey(merge, position));
  std::push_heap(scratch.heap.begin(), scratch.heap.end(), std::greater<>());
}

void FillSymbols(std::string_view piece, const MergeTable& merges,
                 std::span<const int32_t, 256> byte_ids, BpeScratch& scratch) {
  const auto size = static_cast<uint32_t>(piece.size());
  scratch.symbols.resize(size);
  scratch.heap.clear();
  for (uint32_t i = 0; i < size; ++i) {
    const int32_t id = byte_ids[static_cast<uint8_t>(piece[i])];
    scratch.symbols[i] = {id, i == 0 ? kNone : i - 1, i + 1 == size ? kNone : i + 1, Merge{}};
  }
  for (uint32_t i = 0; i + 1 < size; ++i) {
    UpdateMerge(i, merges, scratch);
    const Merge merge = scratch.symbols[i].merge;
    if (merge.rank != Merge::kNoRank) scratch.heap.push_back(HeapKey(merge, i));
  }
  std::make_heap(scratch.heap.begin(), scratch.heap.end(), std::greater<>());
}

// The symbol at `position` becomes the merged one; its neighbour leaves the list.
void MergeAt(uint32_t position, const MergeTable& merges, BpeScratch& scratch) {
  auto& symbols = scratch.symbols;
  BpeScratch::Symbol& left = symbols[position];
  BpeScratch::Symbol& right = symbols[left.next];
  left.id = left.merge.id;
  left.next = right.next;
  right.merge = Merge{};  // entries of the heap that name it are stale now
  if (left.next != kNone) symbols[left.next].previous = position;
  UpdateMerge(position, merges, scratch);
  Push(position, scratch);
  if (left.previous != kNone) {
    UpdateMerge(left.previous, merges, scratch);
    Push(left.previous, scratch);
  }
}

}  // namespace

void EncodePiece(std::string_view piece, const MergeTable& merges,
                 std::span<const int32_t, 256> byte_ids, BpeScratch& scratch,
                 std::vector<int32_t>& ids) {
  if (piece.empty()) return;
  FillSymbols(piece, merges, byte_ids, scratch);
  while (!scratch.heap.empty()) {
    std::pop_heap(scratch.heap.begin(), scratch.heap.end(), std::greater<>());
    const uint64_t key = scratch.heap.back();
    scratch.heap.pop_back();
    const auto position = static_cast<uint32_t>(key);
    // A pair that has changed since has another rank: a rank belongs to one pair.
    if (scratch.symbols[position].merge.rank != key >> 32) continue;
    MergeAt(position, merges, scratch);
  }
  for (uint32_t i = 0; i != kNone; i = scratch.symbols[i].next)
    ids.push_back(scratch.symbols[i].id);
}

}  // namespace yixin
