// Expressions and rules: what they take, whole.
#include "grammar/byte_grammar.h"

#include <gtest/gtest.h>

#include "grammar/grammar_for_test.h"

namespace yixin {
namespace {

GrammarMatcher MatcherOf(const std::vector<ByteExpression>& rules) {
  auto grammar = ByteGrammar::Compile(rules);
  EXPECT_TRUE(grammar) << grammar.error().message;
  return GrammarMatcher(std::make_shared<const ByteGrammar>(*std::move(grammar)));
}

void ExpectMatches(const std::vector<ByteExpression>& rules, const std::vector<std::string>& yes,
                   const std::vector<std::string>& no) {
  GrammarMatcher matcher = MatcherOf(rules);
  for (const std::string& text : yes) EXPECT_TRUE(Matches(matcher, text)) << text;
  for (const std::string& text : no) EXPECT_FALSE(Matches(matcher, text)) << text;
}

TEST(ByteGrammar, SequencesAndChoices) {
  ExpectMatches({Sequence({Literal("ab"), Choice({Literal("c"), Literal("cd"), Literal("")})})},
                {"ab", "abc", "abcd"}, {"", "a", "abd", "abcc"});
}

TEST(ByteGrammar, Repeats) {
  ExpectMatches({Repeat(Literal("ab"), 2, 3)}, {"abab", "ababab"}, {"", "ab", "aba", "abababab"});
  ExpectMatches({Repeat(Literal("a"), 1, std::nullopt)}, {"a", "aaaaaaaa"}, {"", "ab"});
  ExpectMatches({Repeat(Literal("a"), 0, 0)}, {""}, {"a"});
  ExpectMatches({Repeat(Optional(Literal("a")), 0, std::nullopt)}, {"", "aaa"}, {"b"});
}

TEST(ByteGrammar, OneOfSharesBeginnings) {
  const std::vector<std::string> texts = {"正面", "正常", "负面", "正", "a", "ab", "ab"};
  ExpectMatches({OneOf(texts)}, texts, {"", "负", "正面面", "b"});
}

TEST(ByteGrammar, RulesNest) {
  // ( ( ) ) and the like: no regular language.
  const ByteExpression inner = Optional(Rule(0));
  ExpectMatches({Sequence({Literal("("), inner, Literal(")")})}, {"()", "(())", "(((())))"},
                {"", "(", "(()", "())"});
  GrammarMatcher matcher = MatcherOf({Sequence({Literal("("), inner, Literal(")")})});
  const size_t deep = 100'000;
  EXPECT_TRUE(Matches(matcher, std::string(deep, '(') + std::string(deep, ')')));
}

TEST(ByteGrammar, WaysThatNeverEndAreLeftOut) {
  const ByteExpression endless = Sequence({Literal("["), Rule(1), Literal("]")});
  ExpectMatches({Choice({Literal("a"), Rule(1)}), endless}, {"a"}, {"[", "[a]"});
  ExpectMatches({Sequence({Optional(Rule(1)), Literal("b")}), endless}, {"b"}, {"["});
  for (const auto& rules : std::vector<std::vector<ByteExpression>>{
           {Rule(0)}, {Choice({})}, {Rule(1), endless}, {OneByte({})}}) {
    const auto grammar = ByteGrammar::Compile(rules);
    ASSERT_FALSE(grammar);
    EXPECT_EQ(grammar.error().code, ErrorCode::kInvalidArgument);
  }
  ExpectMatches({Choice({Rule(0), Literal("a")})}, {"a"}, {"", "aa"});
}

TEST(ByteGrammar, SizesAreLimited) {
  for (const size_t count : {ByteGrammar::kMostInstructions, size_t{1} << 60}) {
    EXPECT_FALSE(ByteGrammar::Compile({Repeat(Literal("a"), count, count)}));
    EXPECT_FALSE(ByteGrammar::Compile({Repeat(Repeat(Literal("a"), 0, count), 0, count)}));
  }
  EXPECT_TRUE(ByteGrammar::Compile({Repeat(Literal("a"), 1000, 1000)}));
}

}  // namespace
}  // namespace yixin
