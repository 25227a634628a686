// Expressions and rules as a program for GrammarMatcher: instructions that take a byte, go two ways
// at once, call a rule or return from it.
// Source: K. Thompson's construction as a program (R. Cox, "Regular Expression Matching: the
// Virtual Machine Approach", 2009); calls are ours. Tested by: byte_grammar_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "grammar/byte_expression.h"
#include "yixin/result.h"

namespace yixin {

// Immutable. Threads: any.
class ByteGrammar {
 public:
  struct Instruction {
    enum class Kind : uint8_t { kByte, kBoth, kCall, kReturn };
    Kind kind = Kind::kReturn;
    uint32_t next = 0;   // behind the byte; the one way; where the rule returns to
    uint32_t other = 0;  // kByte: index of the set; kBoth: the other way; kCall: the rule's entry
  };

  // In: the expression of each rule, by number; the grammar is rule 0. A rule may name itself
  // before it has taken a byte only as the last thing of a way. Ways that never end are left out.
  // Errors: kInvalidArgument where no way ends, or the program would have more than
  // kMostInstructions.
  static Result<ByteGrammar> Compile(const std::vector<ByteExpression>& rules);

  const Instruction& operator[](uint32_t at) const { return program_[at]; }
  const ByteSet& set(uint32_t index) const { return sets_[index]; }
  uint32_t entry() const { return entry_; }
  size_t size() const { return program_.size(); }

  // 600 KiB of them; a schema of a hundred fields has some thousands.
  static constexpr size_t kMostInstructions = 50'000;

 private:
  friend class GrammarCompiler;
  std::vector<Instruction> program_;
  std::vector<ByteSet> sets_;
  uint32_t entry_ = 0;
};

}  // namespace yixin
