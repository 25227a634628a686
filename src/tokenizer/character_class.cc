// Tested by: character_class_test.cc
#include "tokenizer/character_class.h"

#include <utf8proc.h>

#include "base/utf8.h"

namespace yixin {
namespace {

// White_Space of PropList.txt; the set has been closed since Unicode 6.3.
bool IsWhiteSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
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
