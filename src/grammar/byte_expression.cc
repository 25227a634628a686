// Tested by: byte_grammar_test.cc
#include "grammar/byte_expression.h"

#include <algorithm>
#include <span>
#include <utility>

namespace yixin {
namespace {

// In: sorted texts, no two alike, which are the same up to `at`.
ByteExpression Branches(std::span<const std::string> texts, size_t at) {
  std::vector<ByteExpression> branches;
  for (size_t begin = 0; begin < texts.size();) {
    if (texts[begin].size() == at) {
      branches.emplace_back();
      ++begin;
      continue;
    }
    const std::string& first = texts[begin];
    size_t end = begin + 1;
    while (end < texts.size() && texts[end][at] == first[at]) ++end;
    // As far as all of them go the same way. Sorted, so the first and the last tell.
    const std::string& last = texts[end - 1];
    size_t common = at + 1;
    while (common < first.size() && common < last.size() && first[common] == last[common]) ++common;
    ByteExpression way = Literal(std::string_view(first).substr(at, common - at));
    if (end - begin > 1) way.parts.push_back(Branches(texts.subspan(begin, end - begin), common));
    branches.push_back(std::move(way));
    begin = end;
  }
  return Choice(std::move(branches));
}

}  // namespace

ByteSet ByteRange(unsigned first, unsigned last) {
  ByteSet bytes;
  for (unsigned byte = first; byte <= last; ++byte) bytes.set(byte);
  return bytes;
}

ByteSet AnyOf(std::string_view bytes) {
  ByteSet set;
  for (const char byte : bytes) set.set(static_cast<uint8_t>(byte));
  return set;
}

ByteExpression OneByte(const ByteSet& bytes) {
  return {.kind = ByteExpression::Kind::kBytes, .bytes = bytes};
}

ByteExpression Literal(std::string_view text) {
  ByteExpression literal;
  for (const char byte : text) literal.parts.push_back(OneByte(AnyOf({&byte, 1})));
  return literal;
}

ByteExpression Sequence(std::vector<ByteExpression> parts) {
  return {.kind = ByteExpression::Kind::kSequence, .parts = std::move(parts)};
}

ByteExpression Choice(std::vector<ByteExpression> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return {.kind = ByteExpression::Kind::kChoice, .parts = std::move(parts)};
}

ByteExpression Repeat(ByteExpression part, size_t least, std::optional<size_t> most) {
  return {.kind = ByteExpression::Kind::kRepeat,
          .parts = {std::move(part)},
          .least = least,
          .most = most};
}

ByteExpression Optional(ByteExpression part) { return Repeat(std::move(part), 0, 1); }

ByteExpression Rule(size_t rule) { return {.kind = ByteExpression::Kind::kRule, .rule = rule}; }

ByteExpression OneOf(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return Branches(texts, 0);
}

}  // namespace yixin
