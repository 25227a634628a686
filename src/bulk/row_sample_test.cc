#include "bulk/row_sample.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace yixin {
namespace {

std::vector<uint64_t> Sample(size_t wanted, uint64_t seed, int rows) {
  RowSample sample(wanted, seed);
  for (int i = 0; i < rows; ++i) sample.Add();
  return sample.Take();
}

TEST(RowSample, TakesSoMany) {
  EXPECT_EQ(Sample(5, 0, 3), (std::vector<uint64_t>{0, 1, 2}));
  EXPECT_EQ(Sample(5, 0, 0), std::vector<uint64_t>());
  const auto some = Sample(50, 0, 1000);
  ASSERT_EQ(some.size(), 50u);
  EXPECT_TRUE(std::is_sorted(some.begin(), some.end()));
  EXPECT_EQ(std::adjacent_find(some.begin(), some.end()), some.end()) << "no row twice";
  EXPECT_LT(some.back(), 1000u);
}

TEST(RowSample, TheSeedDecides) {
  EXPECT_EQ(Sample(50, 1, 1000), Sample(50, 1, 1000));
  EXPECT_NE(Sample(50, 1, 1000), Sample(50, 2, 1000));
}

// Every row with the same chance: with 4,000 draws of a fifth a mean of 800 and a deviation of 25.
TEST(RowSample, EveryRowHasTheSameChance) {
  std::vector<int> drawn(20);
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    for (const uint64_t row : Sample(4, seed, 20)) ++drawn[row];
  }
  for (size_t row = 0; row < drawn.size(); ++row) EXPECT_NEAR(drawn[row], 800, 130) << row;
}

}  // namespace
}  // namespace yixin
