#include "eval/bootstrap.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace yixin {
namespace {

std::vector<JudgedRow> Rows(size_t right, size_t wrong) {
  std::vector<JudgedRow> rows(right + wrong);
  for (size_t i = 0; i < right; ++i) rows[i].predicted = 0;
  return rows;
}

TEST(Bootstrap, IsAboutTheNormalInterval) {
  // 80 of 100: 0.8 +- 1.96 * 0.04.
  const auto got = AccuracyInterval(Rows(80, 20), {});
  ASSERT_TRUE(got && *got);
  EXPECT_NEAR((**got).low, 0.72, 0.021);
  EXPECT_NEAR((**got).high, 0.88, 0.021);
}

TEST(Bootstrap, DependsOnTheSeedAlone) {
  const std::vector<JudgedRow> rows = Rows(317, 200);
  const auto a = AccuracyInterval(rows, {.resamples = 99, .seed = 1});
  const auto b = AccuracyInterval(rows, {.resamples = 99, .seed = 1});
  const auto c = AccuracyInterval(rows, {.resamples = 99, .seed = 2});
  EXPECT_EQ((**a).low, (**b).low);
  EXPECT_EQ((**a).high, (**b).high);
  EXPECT_TRUE((**a).low != (**c).low || (**a).high != (**c).high);
}

TEST(Bootstrap, OfNoRowsIsNoneAndOfOneRowIsThatRow) {
  const auto none = AccuracyInterval({}, {});
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  const auto one = AccuracyInterval(Rows(1, 0), {});
  EXPECT_EQ((**one).low, 1);
  EXPECT_EQ((**one).high, 1);
  EXPECT_FALSE(AccuracyInterval(Rows(1, 0), {.resamples = 0}));
}

TEST(Bootstrap, WhatBothHaveCancelsOut) {
  const std::vector<JudgedRow> rows = Rows(50, 50);
  const auto same = DifferenceInterval(rows, rows, {});
  ASSERT_TRUE(same && *same);
  EXPECT_EQ((**same).low, 0);
  EXPECT_EQ((**same).high, 0);
  const auto better = DifferenceInterval(rows, Rows(90, 10), {});
  EXPECT_GT((**better).low, 0.25);
  EXPECT_LT((**better).high, 0.55);
  EXPECT_FALSE(DifferenceInterval(rows, Rows(1, 0), {}));
}

TEST(DrawBelow, IsEvenAndBelow) {
  std::array<int, 7> counts{};
  for (uint64_t i = 0; i < 70000; ++i) {
    const uint64_t draw = DrawBelow(5, i, counts.size());
    ASSERT_LT(draw, counts.size());
    ++counts[draw];
  }
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
}

}  // namespace
}  // namespace yixin
