#include "tokenizer/added_tokens.h"

#include <gtest/gtest.h>

#include <random>

#include "tokenizer/test_vocabulary.h"

namespace yixin {
namespace {

AddedTokens Make(const std::vector<std::string>& literals) {
  TestVocabulary source;
  for (const std::string& literal : literals) source.AddToken(literal, TokenType::kControl);
  return AddedTokens(*Vocabulary::Create(source.Spec()));
}

TEST(AddedTokens, OnlyAddedTypesCount) {
  TestVocabulary source;
  const int32_t control = source.AddToken("<c>", TokenType::kControl);
  const int32_t user = source.AddToken("<u>", TokenType::kUserDefined);
  const int32_t unknown = source.AddToken("<unk>", TokenType::kUnknown);
  source.AddToken("[PAD]", TokenType::kUnused);
  const AddedTokens added(*Vocabulary::Create(source.Spec()));
  EXPECT_EQ(added.Find("<c>"), control);
  EXPECT_EQ(added.Find("<u>"), user);
  EXPECT_EQ(added.Find("<unk>"), unknown);
  EXPECT_EQ(added.Find("[PAD]"), std::nullopt);
  EXPECT_EQ(added.Find("a"), std::nullopt);
  EXPECT_EQ(added.Find("<"), std::nullopt);
  EXPECT_EQ(added.Find(""), std::nullopt);
}

TEST(AddedTokens, LeftmostThenLongest) {
  const AddedTokens added = Make({"<a>", "<a>b", "<a>bcd", "bc"});
  const auto match = added.FindIn("x<a>bcx", 0);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->begin, 1u);
  EXPECT_EQ(match->length, 4u) << "<a>b: <a>bcd does not fit";
  EXPECT_EQ(match->id, 257);
  EXPECT_EQ(added.FindIn("x<a>bcx", 2)->id, 259) << "from inside the first, bc alone";
  EXPECT_EQ(added.FindIn("<a", 0), std::nullopt);
  EXPECT_EQ(added.FindIn("", 0), std::nullopt);
  EXPECT_EQ(AddedTokens(*Vocabulary::Create(TestVocabulary().Spec())).FindIn("<a>", 0),
            std::nullopt);
}

TEST(AddedTokens, AgreesWithTryingAll) {
  std::mt19937 random(5);
  for (int round = 0; round < 500; ++round) {
    const auto word = [&](size_t longest) {
      std::string text;
      for (size_t i = 1 + random() % longest; i > 0; --i) text += random() % 3 ? "<" : "\xc3\xa9";
      return text;
    };
    std::vector<std::string> literals;
    for (int i = 0; i < 5; ++i) {
      const std::string literal = word(4) + std::string(1 + i % 2, '>');
      if (std::find(literals.begin(), literals.end(), literal) == literals.end()) {
        literals.push_back(literal);
      }
    }
    const AddedTokens added = Make(literals);
    const std::string text = word(8) + ">" + word(8) + ">>" + word(2);
    const auto match = added.FindIn(text, 0);
    size_t begin = 0;
    size_t length = 0;
    for (; begin < text.size() && length == 0; ++begin) {
      for (const std::string& literal : literals) {
        if (text.compare(begin, literal.size(), literal) == 0) {
          length = std::max(length, literal.size());
        }
      }
    }
    ASSERT_EQ(match.has_value(), length != 0) << text;
    if (!match) continue;
    EXPECT_EQ(match->begin, begin - 1);
    EXPECT_EQ(match->length, length);
    EXPECT_EQ(literals[match->id - 256], text.substr(match->begin, match->length));
  }
}

}  // namespace
}  // namespace yixin
