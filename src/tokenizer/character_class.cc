// Tested by: character_class_test.cc
#include "tokenizer/character_class.h"

#include <utf8proc.h>

#include <algorithm>
#include <iterator>

#include "base/utf8.h"

namespace yixin {
namespace {

// White_Space of PropList.txt; the set has been closed since Unicode 6.3.
bool IsWhiteSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

// Letters and numbers that came with Unicode 15.1 and 16. The reference stack's regular expressions
// know them; Debian 12's utf8proc (Unicode 15.0) calls them unassigned. The table makes ids the
// same whatever utf8proc is installed. All of them are kLetter but the runs of digits.
struct LateRange {
  char32_t first;
  char32_t last;
  CharacterClass kind;
};
constexpr CharacterClass kLetter = CharacterClass::kLetter;
constexpr CharacterClass kNumber = CharacterClass::kNumber;
constexpr LateRange kLateRanges[] = {
    {0x1c89, 0x1c8a, kLetter},   {0xa7cb, 0xa7cd, kLetter},   {0xa7da, 0xa7dc, kLetter},
    {0x105c0, 0x105f3, kLetter}, {0x10d40, 0x10d49, kNumber}, {0x10d4a, 0x10d65, kLetter},
    {0x10d6f, 0x10d85, kLetter}, {0x10ec2, 0x10ec4, kLetter}, {0x11380, 0x11389, kLetter},
    {0x1138b, 0x1138b, kLetter}, {0x1138e, 0x1138e, kLetter}, {0x11390, 0x113b5, kLetter},
    {0x113b7, 0x113b7, kLetter}, {0x113d1, 0x113d1, kLetter}, {0x113d3, 0x113d3, kLetter},
    {0x116d0, 0x116e3, kNumber}, {0x11bc0, 0x11be0, kLetter}, {0x11bf0, 0x11bf9, kNumber},
    {0x13460, 0x143fa, kLetter}, {0x16100, 0x1611d, kLetter}, {0x16130, 0x16139, kNumber},
    {0x16d40, 0x16d6c, kLetter}, {0x16d70, 0x16d79, kNumber}, {0x18cff, 0x18cff, kLetter},
    {0x1ccf0, 0x1ccf9, kNumber}, {0x1e5d0, 0x1e5ed, kLetter}, {0x1e5f0, 0x1e5f0, kLetter},
    {0x1e5f1, 0x1e5fa, kNumber}, {0x2ebf0, 0x2ee5d, kLetter},
};

CharacterClass ClassOfUnassigned(char32_t c) {
  const auto range = std::partition_point(std::begin(kLateRanges), std::end(kLateRanges),
                                          [c](const LateRange& r) { return r.last < c; });
  if (range == std::end(kLateRanges) || c < range->first) return CharacterClass::kOther;
  return range->kind;
}

}  // namespace

CharacterClass ClassOf(char32_t code_point) {
  if (code_point == '\r' || code_point == '\n') return CharacterClass::kNewline;
  if (IsWhiteSpace(code_point)) return CharacterClass::kSpace;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code_point))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return CharacterClass::kLetter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return CharacterClass::kNumber;
    case UTF8PROC_CATEGORY_CN:
      return ClassOfUnassigned(code_point);
    default:
      return CharacterClass::kOther;
  }
}

Character CharacterAt(std::string_view text, size_t offset) {
  if (offset >= text.size()) return {};
  const DecodedCodePoint decoded = DecodeUtf8(text, offset);
  return {ClassOf(decoded.code_point), decoded.length};
}

}  // namespace yixin
