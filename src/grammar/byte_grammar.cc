// Tested by: byte_grammar_test.cc
#include "grammar/byte_grammar.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace yixin {

// From the back to the front: what stands behind an expression is known when it is written.
class GrammarCompiler {
 public:
  using Kind = ByteGrammar::Instruction::Kind;

  Result<ByteGrammar> Compile(const std::vector<ByteExpression>& rules) {
    FindWhatEnds(rules);
    if (!rule_ends_.front()) {
      return Error{ErrorCode::kInvalidArgument, "the grammar has no finite string", "grammar"};
    }
    std::vector<uint32_t> entries;
    for (const ByteExpression& rule : rules) {
      entries.push_back(Emit(rule, Add({.kind = Kind::kReturn})));
    }
    if (is_full_) {
      return Error{ErrorCode::kInvalidArgument,
                   "the grammar takes more than " + std::to_string(ByteGrammar::kMostInstructions) +
                       " steps; fewer fields, or smaller counts",
                   "grammar"};
    }
    for (ByteGrammar::Instruction& instruction : grammar_.program_) {
      if (instruction.kind == Kind::kCall) instruction.other = entries[instruction.other];
    }
    grammar_.entry_ = entries.front();
    return std::move(grammar_);
  }

 private:
  // A rule ends if one of its ways names only rules that end.
  void FindWhatEnds(const std::vector<ByteExpression>& rules) {
    rule_ends_.assign(rules.size(), false);
    for (bool changes = true; changes;) {
      changes = false;
      for (size_t i = 0; i < rules.size(); ++i) {
        if (rule_ends_[i] || !Ends(rules[i])) continue;
        rule_ends_[i] = changes = true;
      }
    }
  }

  bool Ends(const ByteExpression& expression) const {
    const auto ends = [this](const ByteExpression& part) { return Ends(part); };
    switch (expression.kind) {
      case ByteExpression::Kind::kBytes:
        return expression.bytes.any();
      case ByteExpression::Kind::kRule:
        return rule_ends_[expression.rule];
      case ByteExpression::Kind::kSequence:
        return std::ranges::all_of(expression.parts, ends);
      case ByteExpression::Kind::kChoice:
        return std::ranges::any_of(expression.parts, ends);
      case ByteExpression::Kind::kRepeat:
        return expression.least == 0 || ends(expression.parts.front());
    }
    return false;
  }

  uint32_t Add(ByteGrammar::Instruction instruction) {
    is_full_ = is_full_ || grammar_.program_.size() >= ByteGrammar::kMostInstructions;
    if (!is_full_) grammar_.program_.push_back(instruction);
    return static_cast<uint32_t>(grammar_.program_.size() - 1);
  }

  uint32_t SetIndex(const ByteSet& bytes) {
    const auto [found, is_new] =
        set_indices_.try_emplace(bytes, static_cast<uint32_t>(grammar_.sets_.size()));
    if (is_new) grammar_.sets_.push_back(bytes);
    return found->second;
  }

  // Out: where the expression begins; behind it `next` follows.
  uint32_t Emit(const ByteExpression& expression, uint32_t next) {
    if (is_full_) return 0;
    switch (expression.kind) {
      case ByteExpression::Kind::kBytes:
        return Add({.kind = Kind::kByte, .next = next, .other = SetIndex(expression.bytes)});
      case ByteExpression::Kind::kRule:
        return Add(
            {.kind = Kind::kCall, .next = next, .other = static_cast<uint32_t>(expression.rule)});
      case ByteExpression::Kind::kSequence: {
        for (size_t i = expression.parts.size(); i-- > 0;) next = Emit(expression.parts[i], next);
        return next;
      }
      case ByteExpression::Kind::kChoice: {
        std::optional<uint32_t> entry;
        for (size_t i = expression.parts.size(); i-- > 0;) {
          if (!Ends(expression.parts[i])) continue;
          const uint32_t one = Emit(expression.parts[i], next);
          entry = entry ? Add({.kind = Kind::kBoth, .next = one, .other = *entry}) : one;
        }
        // None ends only in a rule that nobody is sent to.
        return entry.value_or(next);
      }
      case ByteExpression::Kind::kRepeat:
        return EmitRepeat(expression, next);
    }
    return next;
  }

  uint32_t EmitRepeat(const ByteExpression& expression, uint32_t next) {
    const ByteExpression& part = expression.parts.front();
    uint32_t entry = next;
    if (!Ends(part)) return entry;
    if (!expression.most) {
      entry = Add({.kind = Kind::kBoth, .other = next});
      const uint32_t body = Emit(part, entry);
      if (!is_full_) grammar_.program_[entry].next = body;
    }
    const size_t most = expression.most.value_or(expression.least);
    for (size_t i = most; i > 0 && !is_full_; --i) {
      const uint32_t one = Emit(part, entry);
      entry = i > expression.least ? Add({.kind = Kind::kBoth, .next = one, .other = next}) : one;
    }
    return entry;
  }

  ByteGrammar grammar_;
  std::unordered_map<ByteSet, uint32_t> set_indices_;
  std::vector<bool> rule_ends_;
  bool is_full_ = false;
};

Result<ByteGrammar> ByteGrammar::Compile(const std::vector<ByteExpression>& rules) {
  return GrammarCompiler().Compile(rules);
}

}  // namespace yixin
