// Byte pair encoding of one piece (Sennrich et al. 2016): again and again the pair of the lowest
// rank, the leftmost first, is merged. A heap over a linked list, O(n log n) however long the
// piece. Tested by: bpe_test.cc
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/merge_table.h"

namespace yixin {

// Memory that calls share; one per thread.
class BpeScratch {
 public:
  struct Symbol {
    int32_t id;
    uint32_t previous;
    uint32_t next;
    Merge merge;  // of this symbol with the next one
  };
  std::vector<Symbol> symbols;
  std::vector<uint64_t> heap;  // rank << 32 | position: the smallest is the next merge
};

// Appends the ids of `piece`. In: byte_ids [256], the id of each byte, -1 for bytes that `piece`
// does not hold; piece.size() < 2^32 - 1.
void EncodePiece(std::string_view piece, const MergeTable& merges,
                 std::span<const int32_t, 256> byte_ids, BpeScratch& scratch,
                 std::vector<int32_t>& ids);

}  // namespace yixin
