// The few kinds of character that pre-tokenizers tell apart: \p{L}, \p{N}, \s and line breaks.
// Tested by: character_class_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace yixin {

enum class CharacterClass : uint8_t {
  kEnd,      // past the end of the text
  kLetter,   // \p{L}
  kNumber,   // \p{N}: Nd, Nl and No
  kNewline,  // \r and \n; they are white space too
  kSpace,    // every other White_Space
  kOther,    // the rest: marks, punctuation, symbols, controls, unassigned
};

CharacterClass ClassOf(char32_t code_point);

struct Character {
  CharacterClass kind = CharacterClass::kEnd;
  uint32_t length = 0;  // bytes; 0 at the end
};

// The character at `offset`. In: valid UTF-8; `offset` on a character or at the end.
Character CharacterAt(std::string_view text, size_t offset);

}  // namespace yixin
