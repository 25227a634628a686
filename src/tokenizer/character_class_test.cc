#include "tokenizer/character_class.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace yixin {
namespace {

TEST(CharacterClass, WhiteSpaceIsUnicodesSet) {
  size_t spaces = 0;
  for (char32_t c = 0; c <= 0x10ffff; ++c) spaces += ClassOf(c) == CharacterClass::kSpace;
  EXPECT_EQ(spaces, 23u) << "25 with the two line breaks";
  for (const char32_t c : {0x09, 0x0b, 0x20, 0x85, 0xa0, 0x1680, 0x2000, 0x2028, 0x2029, 0x3000}) {
    EXPECT_EQ(ClassOf(c), CharacterClass::kSpace) << uint32_t{c};
  }
  EXPECT_EQ(ClassOf('\r'), CharacterClass::kNewline);
  EXPECT_EQ(ClassOf('\n'), CharacterClass::kNewline);
  for (const char32_t c : {0x1c, 0x180e, 0x200b, 0xfeff}) {
    EXPECT_EQ(ClassOf(c), CharacterClass::kOther) << uint32_t{c};
  }
}

TEST(CharacterClass, LettersAndNumbersOfEveryScript) {
  for (const char32_t c : U"aZéßǅʰمहあ正안ـ𝒳𠮷") {
    if (c == 0) continue;
    EXPECT_EQ(ClassOf(c), CharacterClass::kLetter) << uint32_t{c};
  }
  for (const char32_t c : U"07３٣९Ⅷ㈱½²①〡") {
    if (c == 0 || c == U'㈱') continue;
    EXPECT_EQ(ClassOf(c), CharacterClass::kNumber) << uint32_t{c};
  }
  EXPECT_EQ(ClassOf(U'㈱'), CharacterClass::kOther);
  for (const char32_t c : {U'\u0301', U'\u093e', U'।', U'，', U'😄', U'\u200d', U'_', U'\0'}) {
    EXPECT_EQ(ClassOf(c), CharacterClass::kOther) << uint32_t{c};
  }
}

// Whatever Unicode version utf8proc has.
TEST(CharacterClass, UnicodeSixteenIsKnown) {
  EXPECT_EQ(ClassOf(0x1c89), CharacterClass::kLetter);
  EXPECT_EQ(ClassOf(0x1c8b), CharacterClass::kOther);
  EXPECT_EQ(ClassOf(0x10d40), CharacterClass::kNumber) << "Garay";
  EXPECT_EQ(ClassOf(0x10d4a), CharacterClass::kLetter);
  EXPECT_EQ(ClassOf(0x1ccf9), CharacterClass::kNumber);
  EXPECT_EQ(ClassOf(0x1e5f0), CharacterClass::kLetter);
  EXPECT_EQ(ClassOf(0x2ebf0), CharacterClass::kLetter) << "CJK extension I, Unicode 15.1";
  EXPECT_EQ(ClassOf(0x2ee5d), CharacterClass::kLetter);
  EXPECT_EQ(ClassOf(0x2ee5e), CharacterClass::kOther);
  EXPECT_EQ(ClassOf(0x10ffff), CharacterClass::kOther);
}

TEST(CharacterClass, CharacterAtStepsThroughText) {
  EXPECT_EQ(CharacterAt("正 ", 0).length, 3u);
  EXPECT_EQ(CharacterAt("正 ", 3).kind, CharacterClass::kSpace);
  EXPECT_EQ(CharacterAt("正 ", 4).kind, CharacterClass::kEnd);
  EXPECT_EQ(CharacterAt("", 0).kind, CharacterClass::kEnd);
}

}  // namespace
}  // namespace yixin
