// Which byte strings may be said: expressions as of regular languages, with rules that may name
// each other and themselves, which makes them context-free. Tested by: byte_grammar_test.cc
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yixin {

using ByteSet = std::bitset<256>;

ByteSet ByteRange(unsigned first, unsigned last);
ByteSet AnyOf(std::string_view bytes);

struct ByteExpression {
  enum class Kind { kBytes, kSequence, kChoice, kRepeat, kRule };

  Kind kind = Kind::kSequence;  // of no parts: the empty string
  ByteSet bytes = {};           // kBytes: one of these
  std::vector<ByteExpression> parts = {};
  // kRepeat: how often its one part stands; no `most`: without end.
  size_t least = 0;
  std::optional<size_t> most = {};
  size_t rule = 0;  // kRule
};

ByteExpression OneByte(const ByteSet& bytes);
ByteExpression Literal(std::string_view text);
ByteExpression Sequence(std::vector<ByteExpression> parts);
ByteExpression Choice(std::vector<ByteExpression> parts);
ByteExpression Repeat(ByteExpression part, size_t least, std::optional<size_t> most);
ByteExpression Optional(ByteExpression part);
ByteExpression Rule(size_t rule);
// One of the texts; what several begin with stands once, so that few are followed at a time.
ByteExpression OneOf(std::vector<std::string> texts);

}  // namespace yixin
