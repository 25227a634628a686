#include "tokenizer/byte_alphabet.h"

#include <gtest/gtest.h>

#include <set>

#include "base/utf8.h"

namespace yixin {
namespace {

TEST(ByteAlphabet, IsABijection) {
  std::set<char32_t> seen;
  for (int byte = 0; byte < 256; ++byte) {
    const char32_t character = CharacterOfByte(static_cast<uint8_t>(byte));
    EXPECT_TRUE(seen.insert(character).second);
    EXPECT_EQ(ByteOfCharacter(character), byte);
  }
  for (char32_t c = 0; c < 0x400; ++c) {
    EXPECT_EQ(ByteOfCharacter(c).has_value(), seen.count(c) == 1) << uint32_t{c};
  }
  EXPECT_EQ(ByteOfCharacter(0x10ffff), std::nullopt);
}

TEST(ByteAlphabet, IsTheOneOfGpt2) {
  EXPECT_EQ(CharacterOfByte('a'), U'a');
  EXPECT_EQ(CharacterOfByte(' '), U'Ġ');
  EXPECT_EQ(CharacterOfByte('\n'), U'Ċ');
  EXPECT_EQ(CharacterOfByte(0x00), U'Ā');
  EXPECT_EQ(CharacterOfByte(0x7f), U'ġ');
  EXPECT_EQ(CharacterOfByte(0xa0), U'ł');
  EXPECT_EQ(CharacterOfByte(0xad), U'Ń');
  EXPECT_EQ(CharacterOfByte(0xff), U'ÿ');
}

TEST(ByteAlphabet, StringsAreReadUpToTheFirstStranger) {
  std::string bytes;
  EXPECT_EQ(AppendTokenBytes("æŃ£", bytes), std::nullopt);
  EXPECT_EQ(bytes, "正");
  EXPECT_EQ(AppendTokenBytes("Ġa b", bytes), 3u) << "a space is never itself";
  EXPECT_EQ(AppendTokenBytes("a正", bytes), 1u);
  EXPECT_EQ(AppendTokenBytes("ab\xff", bytes), 2u) << "not UTF-8";
}

}  // namespace
}  // namespace yixin
