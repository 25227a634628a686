// Tested by: json_schema_test.cc
#include "grammar/json_text_grammar.h"

#include <algorithm>
#include <string>
#include <utility>

namespace yixin {
namespace {

// More digits say nothing to a double.
constexpr size_t kMostDigits = 15;
constexpr size_t kMostIndent = 20;

ByteExpression Digit() { return OneByte(ByteRange('0', '9')); }

ByteExpression Character() {
  const auto range = [](unsigned first, unsigned last) { return OneByte(ByteRange(first, last)); };
  const auto tail = [&] { return range(0x80, 0xBF); };
  const ByteSet hex = AnyOf("0123456789abcdefABCDEF");
  const ByteExpression hex2 = Repeat(OneByte(hex), 2, 2);
  ByteSet plain = ByteRange(0x20, 0x7F);
  plain.reset('"').reset('\\');
  return Choice({
      OneByte(plain),
      // UTF-8 (RFC 3629): no overlong forms, no surrogates.
      Sequence({range(0xC2, 0xDF), tail()}),
      Sequence({range(0xE0, 0xE0), range(0xA0, 0xBF), tail()}),
      Sequence({OneByte(ByteRange(0xE1, 0xEF).reset(0xED)), tail(), tail()}),
      Sequence({range(0xED, 0xED), range(0x80, 0x9F), tail()}),
      Sequence({range(0xF0, 0xF0), range(0x90, 0xBF), tail(), tail()}),
      Sequence({range(0xF1, 0xF3), tail(), tail(), tail()}),
      Sequence({range(0xF4, 0xF4), range(0x80, 0x8F), tail(), tail()}),
      Sequence({Literal("\\"), OneByte(AnyOf("\"\\/bfnrt"))}),
      Sequence({Literal("\\u"), OneByte(hex & ~AnyOf("dD")), OneByte(hex), hex2}),
      Sequence({Literal("\\u"), OneByte(AnyOf("dD")), range('0', '7'), hex2}),
  });
}

ByteExpression Fraction() { return Sequence({Literal("."), Repeat(Digit(), 1, kMostDigits)}); }

ByteExpression WholeDigits() {
  return Choice({Literal("0"),
                 Sequence({OneByte(ByteRange('1', '9')), Repeat(Digit(), 0, kMostDigits - 1)})});
}

// Calls `add` with the signed half-open parts of [least, most]: a sign, and sizes from a to b.
template <typename Add>
ByteExpression BySign(int64_t least, int64_t most, Add add) {
  std::vector<ByteExpression> parts;
  if (most >= 0) parts.push_back(add(std::max<int64_t>(least, 0), most));
  if (least < 0) {
    parts.push_back(Sequence({Literal("-"), add(std::max<int64_t>(-most, 0), -least)}));
  }
  return Choice(std::move(parts));
}

std::vector<std::string> Names(int64_t first, int64_t last) {
  std::vector<std::string> names;
  for (int64_t number = first; number <= last; ++number) names.push_back(std::to_string(number));
  return names;
}

}  // namespace

ByteExpression Rule(JsonRule rule) { return Rule(static_cast<size_t>(rule)); }

std::vector<ByteExpression> JsonRules() {
  std::vector<ByteExpression> rules(static_cast<size_t>(JsonRule::kArray) + 1);
  const auto at = [&](JsonRule rule) -> ByteExpression& {
    return rules[static_cast<size_t>(rule)];
  };
  at(JsonRule::kSpace) = Optional(Choice(
      {Literal(" "), Sequence({Literal("\n"), Repeat(OneByte(AnyOf(" \t")), 0, kMostIndent)})}));
  at(JsonRule::kString) = JsonStringOf(0, std::nullopt);
  at(JsonRule::kInteger) = Sequence({Optional(Literal("-")), WholeDigits()});
  at(JsonRule::kNumber) =
      Sequence({Optional(Literal("-")), WholeDigits(), Optional(Fraction()),
                Optional(Sequence({OneByte(AnyOf("eE")), Optional(OneByte(AnyOf("+-"))),
                                   Repeat(Digit(), 1, 2)}))});
  at(JsonRule::kValue) =
      Choice({Rule(JsonRule::kObject), Rule(JsonRule::kArray), Rule(JsonRule::kString),
              Rule(JsonRule::kNumber), OneOf({"true", "false", "null"})});
  const ByteExpression member = JsonMember(Rule(JsonRule::kString), Rule(JsonRule::kValue));
  at(JsonRule::kObject) = JsonObjectOf(
      Optional(Sequence({member, Repeat(Sequence({JsonComma(), member}), 0, std::nullopt)})));
  at(JsonRule::kArray) = JsonArrayOf(Rule(JsonRule::kValue), 0, std::nullopt);
  return rules;
}

ByteExpression JsonObjectOf(ByteExpression members) {
  return Sequence({Literal("{"), Rule(JsonRule::kSpace), std::move(members), Rule(JsonRule::kSpace),
                   Literal("}")});
}

ByteExpression JsonMember(ByteExpression key, ByteExpression value) {
  return Sequence({std::move(key), Literal(":"), Rule(JsonRule::kSpace), std::move(value)});
}

ByteExpression JsonComma() { return Sequence({Literal(","), Rule(JsonRule::kSpace)}); }

ByteExpression JsonArrayOf(const ByteExpression& item, size_t least, std::optional<size_t> most) {
  ByteExpression items;
  if (most != 0) {
    items = Sequence({item, Repeat(Sequence({JsonComma(), item}), least > 0 ? least - 1 : 0,
                                   most ? std::optional(*most - 1) : std::nullopt)});
    if (least == 0) items = Optional(std::move(items));
  }
  return Sequence({Literal("["), Rule(JsonRule::kSpace), std::move(items), Rule(JsonRule::kSpace),
                   Literal("]")});
}

ByteExpression JsonStringOf(size_t least, std::optional<size_t> most) {
  return Sequence({Literal("\""), Repeat(Character(), least, most), Literal("\"")});
}

ByteExpression JsonIntegerIn(int64_t least, int64_t most) {
  return BySign(least, most, [](int64_t first, int64_t last) { return OneOf(Names(first, last)); });
}

ByteExpression JsonNumberIn(int64_t least, int64_t most) {
  return BySign(least, most, [](int64_t first, int64_t last) {
    ByteExpression end =
        Sequence({Literal(std::to_string(last)),
                  Optional(Sequence({Literal("."), Repeat(Literal("0"), 1, kMostDigits)}))});
    if (first == last) return end;
    return Choice(
        {Sequence({OneOf(Names(first, last - 1)), Optional(Fraction())}), std::move(end)});
  });
}

}  // namespace yixin
