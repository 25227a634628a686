// A reply whose text is in a grammar: the tokens whose bytes the grammar's matcher takes.
// Tested by: grammar_constraint_test.cc
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/token_constraint.h"
#include "grammar/grammar_matcher.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/vocabulary_trie.h"

namespace yixin {

class GrammarConstraint : public TokenConstraint {
 public:
  // end_id: may come where the text may end.
  GrammarConstraint(std::shared_ptr<const ByteGrammar> grammar,
                    std::shared_ptr<const VocabularyTrie> trie, const Tokenizer& tokenizer,
                    int32_t end_id);

  // Cost: a walk over the tree of tokens where the text stands at a place that is new: a
  // millisecond or two, thirty for a schema made to be slow; else a pass over the logits.
  void Mask(std::span<float> logits) override;
  void Append(int32_t id) override;
  bool complete() const override { return has_ended_ || matcher_.must_end(state_); }

 private:
  using Bits = std::vector<uint64_t>;
  Bits Allowed();

  std::shared_ptr<const VocabularyTrie> trie_;
  Tokenizer tokenizer_;
  int32_t end_id_;
  GrammarMatcher matcher_;
  GrammarMatcher::State state_;
  std::unordered_map<GrammarMatcher::State, Bits> known_;
  bool has_ended_ = false;
};

}  // namespace yixin
