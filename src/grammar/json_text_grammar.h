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
// Whole numbers of [least, most], and between them as many digits as a double has.
ByteExpression JsonIntegerIn(int64_t least, int64_t most);
ByteExpression JsonNumberIn(int64_t least, int64_t most);

}  // namespace yixin
