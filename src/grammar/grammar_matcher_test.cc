// States of a grammar: where it may end, and what happens when there are too many of them.
#include "grammar/grammar_matcher.h"

#include <gtest/gtest.h>

#include "grammar/grammar_for_test.h"

namespace yixin {
namespace {

std::shared_ptr<const ByteGrammar> GrammarOf(const std::vector<ByteExpression>& rules) {
  return std::make_shared<const ByteGrammar>(*ByteGrammar::Compile(rules));
}

TEST(GrammarMatcher, EndsWhereItMay) {
  GrammarMatcher matcher(GrammarOf({Choice({Literal("1"), Literal("12")})}));
  EXPECT_FALSE(matcher.may_end(matcher.start()));
  const auto one = matcher.Step(matcher.start(), '1');
  EXPECT_TRUE(matcher.may_end(one));
  EXPECT_FALSE(matcher.must_end(one));
  const auto two = matcher.Step(one, '2');
  EXPECT_TRUE(matcher.must_end(two));
  EXPECT_EQ(matcher.Step(two, '2'), GrammarMatcher::kDead);
  EXPECT_EQ(matcher.Step(matcher.start(), '2'), GrammarMatcher::kDead);
}

TEST(GrammarMatcher, TheSamePlaceIsOneState) {
  GrammarMatcher matcher(GrammarOf({Sequence(
      {Literal("\""), Repeat(OneByte(ByteRange('a', 'z')), 0, std::nullopt), Literal("\"")})}));
  const auto inside = matcher.Step(matcher.start(), '"');
  EXPECT_EQ(matcher.Step(inside, 'x'), matcher.Step(matcher.Step(inside, 'y'), 'z'));
  const uint64_t work = matcher.work();
  matcher.Step(inside, 'x');
  EXPECT_EQ(matcher.work(), work) << "known by now";
}

TEST(GrammarMatcher, ShrinkKeepsThePlace) {
  // Each count is a state of its own.
  const size_t count = 10'000;
  GrammarMatcher matcher(GrammarOf({Repeat(Literal("a"), count, count)}));
  auto state = matcher.start();
  int shrunk = 0;
  for (size_t i = 0; i < count; ++i) {
    ASSERT_NE(state, GrammarMatcher::kDead);
    EXPECT_FALSE(matcher.may_end(state));
    state = matcher.Step(state, 'a');
    shrunk += matcher.Shrink(&state) ? 1 : 0;
  }
  EXPECT_TRUE(matcher.must_end(state));
  EXPECT_GT(shrunk, 0);
}

TEST(GrammarMatcher, WhatIsAmbiguousDoesNotGrowWithoutEnd) {
  // Every bracket may be of either rule: two to the power of the depth ways to read a text.
  const auto bracket = [](size_t rule) {
    return Sequence({Literal("("), Optional(Choice({Rule(0), Rule(rule)})), Literal(")")});
  };
  GrammarMatcher matcher(GrammarOf({Choice({Rule(1), Rule(2)}), bracket(1), bracket(2)}));
  // Down as far as it goes, then up again: ways are given up, but one is always left.
  auto state = matcher.start();
  int depth = 0;
  for (int step = 0; step < 6000; ++step) {
    auto to = step < 3000 ? matcher.Step(state, '(') : GrammarMatcher::kDead;
    depth += to == GrammarMatcher::kDead ? -1 : 1;
    if (to == GrammarMatcher::kDead) to = matcher.Step(state, ')');
    ASSERT_NE(to, GrammarMatcher::kDead) << step;
    state = to;
    matcher.Shrink(&state);
    if (depth == 0) break;
  }
  EXPECT_EQ(depth, 0);
  EXPECT_TRUE(matcher.may_end(state));
  EXPECT_LT(matcher.work(), uint64_t{1} << 24);
}

TEST(GrammarMatcher, AStepOfAThousandWaysIsBounded) {
  std::vector<ByteExpression> ways;
  for (int i = 0; i < 2000; ++i) {
    ways.push_back(Sequence({Literal("("), Optional(Rule(0)), Literal(")")}));
  }
  GrammarMatcher matcher(GrammarOf({Choice(std::move(ways))}));
  auto state = matcher.start();
  for (int i = 0; i < 50; ++i) {
    const uint64_t before = matcher.work();
    state = matcher.Step(state, i < 25 ? '(' : ')');
    ASSERT_NE(state, GrammarMatcher::kDead) << i;
    EXPECT_LT(matcher.work() - before, 20'000u);
    matcher.Shrink(&state);
  }
}

}  // namespace
}  // namespace yixin
