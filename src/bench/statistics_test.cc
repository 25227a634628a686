#include "bench/statistics.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace yixin {
namespace {

Summary Of(const std::vector<double>& samples) { return Summarize(samples); }

TEST(StatisticsTest, Median) {
  EXPECT_EQ(Of({}).median, 0);
  EXPECT_EQ(Of({5}).median, 5);
  EXPECT_EQ(Of({9, 1, 5}).median, 5);
  EXPECT_EQ(Of({9, 1, 5, 4}).median, 4.5);
  EXPECT_EQ(Of({1, 1, 100}).median, 1);
}

TEST(StatisticsTest, MedianOfHugeNumbersDoesNotOverflow) {
  const double most = std::numeric_limits<double>::max();
  EXPECT_EQ(Of({most, most}).median, most);
}

TEST(StatisticsTest, Spread) {
  const Summary summary = Of({8, 10, 14});
  EXPECT_EQ(summary.low, 8);
  EXPECT_EQ(summary.high, 14);
  EXPECT_DOUBLE_EQ(summary.spread, 0.6);
  EXPECT_EQ(Of({3}).spread, 0);
  EXPECT_EQ(Of({0, 0, 0}).spread, 0) << "no division by zero";
}

}  // namespace
}  // namespace yixin
