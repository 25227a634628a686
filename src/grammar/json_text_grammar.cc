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

ByteExpression Digits(size_t count) { return Repeat(Digit(), count, count); }

ByteExpression DigitIn(char first, char last) {
  return OneByte(ByteRange(static_cast<uint8_t>(first), static_cast<uint8_t>(last)));
}

// As many digits as the bound has, not below it, or not above it.
ByteExpression Beyond(std::string_view bound, bool is_least) {
  if (bound.empty()) return {};
  const char digit = bound.front();
  std::vector<ByteExpression> ways = {
      Sequence({DigitIn(digit, digit), Beyond(bound.substr(1), is_least)})};
  const char first = is_least ? static_cast<char>(digit + 1) : '0';
  const char last = is_least ? '9' : static_cast<char>(digit - 1);
  if (first <= last) ways.push_back(Sequence({DigitIn(first, last), Digits(bound.size() - 1)}));
  return Choice(std::move(ways));
}

// In: two numbers of as many digits, the first not above the last.
ByteExpression Between(std::string_view first, std::string_view last) {
  if (first.empty()) return {};
  if (first.front() == last.front()) {
    return Sequence(
        {DigitIn(first.front(), first.front()), Between(first.substr(1), last.substr(1))});
  }
  std::vector<ByteExpression> ways = {
      Sequence({DigitIn(first.front(), first.front()), Beyond(first.substr(1), true)}),
      Sequence({DigitIn(last.front(), last.front()), Beyond(last.substr(1), false)})};
  const char after = static_cast<char>(first.front() + 1);
  const char before = static_cast<char>(last.front() - 1);
  if (after <= before) {
    ways.push_back(Sequence({DigitIn(after, before), Digits(first.size() - 1)}));
  }
  return Choice(std::move(ways));
}

// Whole numbers, not negative, without leading zeros. In: first <= last.
ByteExpression WholeIn(int64_t first, int64_t last) {
  std::vector<ByteExpression> ways;
  while (true) {
    const std::string from = std::to_string(first);
    const std::string nines(from.size(), '9');
    const std::string to = std::to_string(last);
    if (to.size() == from.size()) {
      ways.push_back(Between(from, to));
      return Choice(std::move(ways));
    }
    ways.push_back(Between(from, nines));
    first = std::stoll(nines) + 1;
  }
}

// Sizes of numbers: what stands behind the sign.
ByteExpression SizeIn(const JsonRange& range) {
  constexpr size_t kFractionDigits = 6;
  const ByteExpression point = Literal(".");
  const ByteExpression whole =
      Optional(Sequence({point, Repeat(Literal("0"), 1, kFractionDigits)}));
  const ByteExpression any = Optional(Sequence({point, Repeat(Digit(), 1, kFractionDigits)}));
  const auto [least, most, is_least_open, is_most_open] = range;
  std::vector<ByteExpression> ways;
  if (least < most) {
    // A digit that is not zero, with fewer than six around it.
    const ByteExpression some =
        Sequence({point, Repeat(Literal("0"), 0, kFractionDigits / 2), DigitIn('1', '9'),
                  Repeat(Digit(), 0, kFractionDigits / 2 - 1)});
    ways.push_back(Sequence({Literal(std::to_string(least)), is_least_open ? some : any}));
  }
  if (least + 1 < most) ways.push_back(Sequence({WholeIn(least + 1, most - 1), any}));
  if (!is_most_open && (least < most || !is_least_open)) {
    ways.push_back(Sequence({Literal(std::to_string(most)), whole}));
  }
  return Choice(std::move(ways));
}

// What `in` makes of the sizes of the range, with their sign.
ByteExpression BySign(const JsonRange& range, ByteExpression (*in)(const JsonRange&)) {
  const auto [least, most, is_least_open, is_most_open] = range;
  std::vector<ByteExpression> ways;
  if (most >= 0) {
    ways.push_back(
        in({std::max<int64_t>(least, 0), most, least >= 0 && is_least_open, is_most_open}));
  }
  if (least < 0) {
    const JsonRange sizes{std::max<int64_t>(-most, 0), -least, most <= 0 && is_most_open,
                          is_least_open};
    ways.push_back(Sequence({Literal("-"), in(sizes)}));
  }
  return Choice(std::move(ways));
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
  at(JsonRule::kCharacter) = Character();
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
  return Sequence({Literal("\""), Repeat(Rule(JsonRule::kCharacter), least, most), Literal("\"")});
}

ByteExpression JsonIntegerIn(const JsonRange& range) {
  return BySign(range, [](const JsonRange& sizes) { return WholeIn(sizes.least, sizes.most); });
}

ByteExpression JsonNumberIn(const JsonRange& range) { return BySign(range, SizeIn); }

}  // namespace yixin
