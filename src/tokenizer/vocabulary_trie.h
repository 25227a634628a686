// The bytes of a vocabulary's tokens as a tree, so that what many tokens begin with is looked at
// once (as constrained decoding wants it: XGrammar, arXiv 2411.15100). Added tokens are not in it.
// Tested by: vocabulary_trie_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tokenizer/tokenizer.h"

namespace yixin {

// Immutable. Threads: any. Memory: 12 bytes a node; 150,000 tokens have some 350,000.
class VocabularyTrie {
 public:
  struct Node {
    uint8_t byte = 0;
    uint8_t depth = 0;   // of the first byte: 0
    uint32_t end = 0;    // the first node that is not below this one
    int32_t token = -1;  // whose bytes end here, or -1
  };

  // Cost: some 50 ms for 150,000 tokens.
  explicit VocabularyTrie(const Tokenizer& tokenizer);

  // In preorder: below a node come the nodes behind it, up to its `end`.
  const std::vector<Node>& nodes() const { return nodes_; }
  size_t vocabulary() const { return vocabulary_; }

 private:
  std::vector<Node> nodes_;
  size_t vocabulary_;
};

}  // namespace yixin
