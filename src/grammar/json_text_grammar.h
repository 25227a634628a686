// The parts of JSON (RFC 8259) as rules of a grammar. What a reply needs no end of is bounded:
// white space, digits; so a model cannot lose itself in them.
// Tested by: json_schema_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "grammar/byte_expression.h"

namespace yixin {

// Rules that are the same for every schema, by number.
enum class JsonRule : size_t {
  kStart,
  kSpace,
  kCharacter,  // of a string
  kString,
  kInteger,
  kNumber,
  kValue,
  kObject,
  kArray
};

// All of them; kStart is left to be filled in.
std::vector<ByteExpression> JsonRules();

ByteExpression Rule(JsonRule rule);
// {"a": b, ...}: `members` with what stands between them, and the braces around.
ByteExpression JsonObjectOf(ByteExpression members);
// One key with its value. In: the key as JSON writes it.
ByteExpression JsonMember(ByteExpression key, ByteExpression value);
// What stands between two members or items.
ByteExpression JsonComma();
ByteExpression JsonArrayOf(const ByteExpression& item, size_t least, std::optional<size_t> most);
// In: how many characters; none of them is half of a surrogate pair, escaped or not.
ByteExpression JsonStringOf(size_t least, std::optional<size_t> most);
// From `least` to `most`; an open end is not part of it. Bounds are at most kMostInteger in size.
struct JsonRange {
  int64_t least = 0;
  int64_t most = 0;
  bool is_least_open = false;
  bool is_most_open = false;
};
inline constexpr int64_t kMostInteger = 999'999'999'999'999;  // as many nines as a double tells
// In: no open ends. Out: its whole numbers. The range is not empty.
ByteExpression JsonIntegerIn(const JsonRange& range);
// With up to six digits behind the point, so that none is rounded to an open end. Out: a choice of
// nothing where the range is empty.
ByteExpression JsonNumberIn(const JsonRange& range);

}  // namespace yixin
