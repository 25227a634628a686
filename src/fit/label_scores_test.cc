// Accuracy, intervals, losses and calibration error, by hand.
#include "fit/label_scores.h"

#include <gtest/gtest.h>

#include <cmath>

namespace yixin {
namespace {

TEST(LabelScores, WilsonsInterval) {
  // Values of the formula's textbook example: 81 of 263 (Agresti and Coull 1998 have 0.255, 0.366).
  const WilsonBounds interval = WilsonInterval(81, 263);
  EXPECT_NEAR(interval.low, 0.255, 0.001);
  EXPECT_NEAR(interval.high, 0.366, 0.001);
  EXPECT_EQ(WilsonInterval(0, 10).low, 0);
  EXPECT_NEAR(WilsonInterval(10, 10).low, 0.722, 0.001);
  EXPECT_EQ(WilsonInterval(0, 0).high, 1);
}

TEST(LabelScores, QualityOfFourRows) {
  // Probabilities of the first label: 0.9, 0.9, 0.6, 0.2.
  LabelScores scores{2, {}};
  for (const double p : {0.9, 0.9, 0.6, 0.2}) {
    scores.values.push_back(std::log(p));
    scores.values.push_back(std::log(1 - p));
  }
  const std::vector<int> classes = {0, 1, 0, 1};
  const Quality quality = Judge(scores, classes);
  EXPECT_EQ(quality.right, 3u);
  EXPECT_DOUBLE_EQ(quality.accuracy, 0.75);
  EXPECT_NEAR(quality.log_loss,
              -(std::log(0.9) + std::log(0.1) + std::log(0.6) + std::log(0.8)) / 4, 1e-12);
  // Bins: 0.9 twice with one right, 0.6 right, 0.8 right.
  EXPECT_NEAR(quality.calibration_error, (std::abs(1.8 - 1) + 0.4 + 0.2) / 4, 1e-12);
}

TEST(LabelScores, ARightLabelWithoutAScoreIsAnError) {
  const LabelScores scores{2, {1, 0, 0, 1}};
  const std::vector<int> classes = {0, -1};
  const Quality quality = Judge(scores, classes);
  EXPECT_EQ(quality.right, 1u);
  EXPECT_EQ(LogLosses(scores, classes).size(), 1u);
}

TEST(LabelScores, PairedDifference) {
  const std::vector<int> classes(100, 0);
  std::vector<int> a(100, 0);
  std::vector<int> b(100, 0);
  for (size_t i = 0; i < 20; ++i) a[i] = 1;
  for (size_t i = 18; i < 28; ++i) b[i] = 1;
  const Difference difference = CompareAccuracy(a, b, classes);
  EXPECT_NEAR(difference.value, 0.10, 1e-12);
  // 18 gained, 8 lost: deviation of the mean sqrt((0.26 - 0.01) / 100) = 0.05.
  EXPECT_NEAR(difference.interval.low, 0.10 - 1.96 * 0.05, 1e-4);
  EXPECT_NEAR(difference.interval.high, 0.10 + 1.96 * 0.05, 1e-4);
}

}  // namespace
}  // namespace yixin
