#include "base/utf8.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

using std::string_literals::operator""s;

TEST(Utf8, EveryScalarValueRoundTrips) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    std::string text;
    AppendUtf8(c, text);
    const DecodedCodePoint decoded = DecodeUtf8(text, 0);
    ASSERT_EQ(decoded.code_point, c);
    ASSERT_EQ(decoded.length, text.size());
  }
}

TEST(Utf8, InvalidBytesAreFoundWhereTheyStand) {
  EXPECT_EQ(FindInvalidUtf8("正面"), std::nullopt);
  EXPECT_EQ(FindInvalidUtf8("a\0b"s), std::nullopt);
  EXPECT_EQ(FindInvalidUtf8("正\xff"), 3u);
  EXPECT_EQ(FindInvalidUtf8("\xed\xa0\x80"), 0u) << "a surrogate";
  EXPECT_EQ(FindInvalidUtf8("\xc0\xaf"), 0u) << "overlong";
  EXPECT_EQ(FindInvalidUtf8("\xf4\x90\x80\x80"), 0u) << "above U+10FFFF";
  EXPECT_EQ(FindInvalidUtf8("ok\xe6\xad"), 2u) << "cut";
}

TEST(Utf8, ReplacementFollowsMaximalSubparts) {
  EXPECT_EQ(ReplaceInvalidUtf8("a\xf1\x80\x80\xe1\x80\xc2 b"), "a\ufffd\ufffd\ufffd b");
  EXPECT_EQ(ReplaceInvalidUtf8("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");
  EXPECT_EQ(ReplaceInvalidUtf8("正面"), "正面");
}

TEST(Utf8, IncompleteTailIsWhatMoreBytesCouldComplete) {
  EXPECT_EQ(IncompleteUtf8TailLength(""), 0u);
  EXPECT_EQ(IncompleteUtf8TailLength("正"), 0u);
  EXPECT_EQ(IncompleteUtf8TailLength("a\xe6"), 1u);
  EXPECT_EQ(IncompleteUtf8TailLength("a\xe6\xad"), 2u);
  EXPECT_EQ(IncompleteUtf8TailLength("\xf0\x9f\x98"), 3u);
  EXPECT_EQ(IncompleteUtf8TailLength("\xe0\x80"), 0u) << "overlong whatever follows";
  EXPECT_EQ(IncompleteUtf8TailLength("\xed\xa0"), 0u) << "a surrogate whatever follows";
  EXPECT_EQ(IncompleteUtf8TailLength("\xc0"), 0u);
  EXPECT_EQ(IncompleteUtf8TailLength("\xff"), 0u);
  EXPECT_EQ(IncompleteUtf8TailLength("\xad\xa3"), 0u) << "continuations without a lead";
}

TEST(Utf8, PrefixNeverCutsACharacter) {
  EXPECT_EQ(Utf8PrefixLength("正面", 2), 0u);
  EXPECT_EQ(Utf8PrefixLength("正面", 3), 3u);
  EXPECT_EQ(Utf8PrefixLength("正面", 5), 3u);
  EXPECT_EQ(Utf8PrefixLength("正面", 99), 6u);
}

}  // namespace
}  // namespace yixin
