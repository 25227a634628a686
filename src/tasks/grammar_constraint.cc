// Tested by: grammar_constraint_test.cc
#include "tasks/grammar_constraint.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <utility>

namespace yixin {
namespace {

// Of one walk, threads moved on, and states: some thirty milliseconds, and 16 MB. A schema that
// people write takes a tenth of it; of one that is ambiguous on purpose, tokens are left out from
// there.
constexpr uint64_t kMostWork = 250'000;
constexpr size_t kMostStates = size_t{16} << 10;
constexpr size_t kMostKnown = 128;  // masks, of 19 KB each
constexpr size_t kMostDepth = 256;

}  // namespace

GrammarConstraint::GrammarConstraint(std::shared_ptr<const ByteGrammar> grammar,
                                     std::shared_ptr<const VocabularyTrie> trie,
                                     const Tokenizer& tokenizer, int32_t end_id)
    : trie_(std::move(trie)),
      tokenizer_(tokenizer),
      end_id_(end_id),
      matcher_(std::move(grammar)),
      state_(matcher_.start()) {
  assert(state_ != GrammarMatcher::kDead);
}

GrammarConstraint::Bits GrammarConstraint::Allowed() {
  Bits bits((trie_->vocabulary() + 63) / 64);
  bool allows_any = false;
  const auto allow = [&](int32_t id) {
    allows_any = true;
    bits[static_cast<size_t>(id) / 64] |= uint64_t{1} << (id % 64);
  };
  if (matcher_.may_end(state_)) allow(end_id_);
  std::array<GrammarMatcher::State, kMostDepth + 1> path;  // by depth: before that byte
  path[0] = state_;
  const auto& nodes = trie_->nodes();
  const uint64_t begin = matcher_.work();
  for (uint32_t at = 0; at < nodes.size();) {
    const VocabularyTrie::Node& node = nodes[at];
    // Something must be left to come: a single byte that goes on is always found.
    const bool is_too_much =
        (node.depth > 0 || allows_any) &&
        (matcher_.work() - begin > kMostWork || matcher_.states() > kMostStates);
    const GrammarMatcher::State to =
        is_too_much ? GrammarMatcher::kDead : matcher_.Step(path[node.depth], node.byte);
    if (to == GrammarMatcher::kDead) {
      at = node.end;
      continue;
    }
    path[node.depth + 1U] = to;
    if (node.token >= 0) allow(node.token);
    ++at;
  }
  return bits;
}

void GrammarConstraint::Mask(std::span<float> logits) {
  auto known = known_.find(state_);
  if (known == known_.end()) {
    if (known_.size() >= kMostKnown) known_.clear();
    known = known_.emplace(state_, Allowed()).first;
  }
  const Bits& bits = known->second;
  constexpr float kNever = -std::numeric_limits<float>::infinity();
  for (size_t word = 0; word * 64 < logits.size(); ++word) {
    const uint64_t may_come = word < bits.size() ? bits[word] : 0;
    if (may_come == ~uint64_t{0}) continue;
    const size_t end = std::min(word * 64 + 64, logits.size());
    for (size_t id = word * 64; id < end; ++id) {
      if ((may_come >> (id % 64) & 1) == 0) logits[id] = kNever;
    }
  }
}

void GrammarConstraint::Append(int32_t id) {
  has_ended_ = id == end_id_;
  if (has_ended_) return;
  for (const char byte : tokenizer_.TokenBytes(id)) {
    state_ = matcher_.Step(state_, static_cast<uint8_t>(byte));
    assert(state_ != GrammarMatcher::kDead);
  }
  if (matcher_.Shrink(&state_)) known_.clear();
}

}  // namespace yixin
