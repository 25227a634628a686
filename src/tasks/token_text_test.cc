#include "tasks/token_text.h"

#include <gtest/gtest.h>

#include <string>

#include "base/utf8.h"
#include "tasks/model_for_test.h"

namespace yixin {
namespace {

std::string Bytes(const Tokenizer& tokenizer, std::span<const int32_t> ids) {
  std::string bytes;
  for (const int32_t id : ids) bytes += tokenizer.TokenBytes(id);
  return bytes;
}

TEST(CutTokens, KeepsWholeCharacters) {
  const TestVocabulary vocabulary;
  const Tokenizer& tokenizer = vocabulary.tokenizer;
  // Bytes alone in the tiny vocabulary: three or four tokens a character.
  const std::string text = "情绪😀ab正面实验é";
  const auto all = *tokenizer.EncodeText(text);
  for (size_t limit = 0; limit <= all.size() + 1; ++limit) {
    for (const Keep keep : {Keep::kHead, Keep::kTail, Keep::kMiddle}) {
      auto ids = all;
      ASSERT_TRUE(CutTokens(tokenizer, limit, keep, ids));
      EXPECT_LE(ids.size(), limit);
      EXPECT_FALSE(FindInvalidUtf8(Bytes(tokenizer, ids))) << limit;
      // No more is lost than a character at each cut.
      EXPECT_GE(ids.size() + (keep == Keep::kMiddle ? 6 : 3), std::min(limit, all.size()));
      if (limit >= all.size()) {
        EXPECT_EQ(ids, all);
      }
    }
  }
}

TEST(CutTokens, KeepsTheEndsAskedFor) {
  const TestVocabulary vocabulary;
  const Tokenizer& tokenizer = vocabulary.tokenizer;
  const auto cut = [&](Keep keep, size_t limit) {
    auto ids = *tokenizer.EncodeText("123456789");
    EXPECT_TRUE(CutTokens(tokenizer, limit, keep, ids));
    return Bytes(tokenizer, ids);
  };
  EXPECT_EQ(cut(Keep::kHead, 3), "123");
  EXPECT_EQ(cut(Keep::kTail, 3), "789");
  EXPECT_EQ(cut(Keep::kMiddle, 3), "129");
  EXPECT_EQ(cut(Keep::kMiddle, 4), "1289");
  EXPECT_EQ(cut(Keep::kHead, 0), "");
  EXPECT_EQ(cut(Keep::kMiddle, 9), "123456789");
}

TEST(CutTokens, RefusesWhenAskedTo) {
  const TestVocabulary vocabulary;
  auto ids = *vocabulary.tokenizer.EncodeText("123456789");
  const auto status = CutTokens(vocabulary.tokenizer, 8, Keep::kError, ids);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidText);
  EXPECT_NE(status.error().message.find("9 tokens"), std::string::npos);
  EXPECT_NE(status.error().message.find("room for 8"), std::string::npos);
  EXPECT_TRUE(CutTokens(vocabulary.tokenizer, 9, Keep::kError, ids));
}

TEST(WholeCharacters, TakesOffWhatIsOpen) {
  const TestVocabulary vocabulary;
  const Tokenizer& tokenizer = vocabulary.tokenizer;
  const auto ids = *tokenizer.EncodeText("a😀");
  ASSERT_EQ(ids.size(), 5u);
  const size_t expected[] = {0, 1, 1, 1, 1, 5};
  for (size_t n = 0; n <= 5; ++n) {
    EXPECT_EQ(WholeCharacterLength(tokenizer, std::span(ids).first(n)), expected[n]) << n;
  }
  // Bytes that no character begins are nothing that more bytes could complete.
  std::vector<int32_t> strays;
  for (int32_t id = 0; id < 256; ++id) {
    if (tokenizer.TokenBytes(id) == "\x80") strays.assign(2, id);
  }
  EXPECT_EQ(WholeCharacterLength(tokenizer, strays), 2u);
}

TEST(Blank, IsWhiteSpaceOfAnyKind) {
  EXPECT_TRUE(IsBlank(""));
  EXPECT_TRUE(IsBlank(" \t\r\n\u3000\u2028\u00a0"));
  EXPECT_FALSE(IsBlank("😀"));
  EXPECT_FALSE(IsBlank("\u200b")) << "not White_Space";
  EXPECT_FALSE(IsBlank(std::string_view("\0", 1)));
  EXPECT_FALSE(IsBlank("\u3000。"));
}

}  // namespace
}  // namespace yixin
