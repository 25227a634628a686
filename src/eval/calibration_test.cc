#include "eval/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace yixin {
namespace {

// Two labels.
JudgedRow Sure(double confidence, bool is_right) {
  JudgedRow row;
  row.truth = 0;
  row.predicted = is_right ? 0 : 1;
  row.confidence = confidence;
  const double p = is_right ? confidence : 1 - confidence;
  row.truth_probability = p;
  row.squared_error = 2 * (1 - p) * (1 - p);
  return row;
}

TEST(Calibration, IsAsByHand) {
  // (0.8, 0.8667]: mean 0.84, one of two right. (0.9333, 1]: mean 0.95, right.
  const std::vector<JudgedRow> rows = {Sure(0.82, true), Sure(0.86, false), Sure(0.95, true)};
  const auto got = MeasureCalibration(rows);
  ASSERT_TRUE(got);
  ASSERT_TRUE(*got);
  const Calibration& seen = **got;
  EXPECT_NEAR(seen.expected_error, 2.0 / 3 * 0.34 + 1.0 / 3 * 0.05, 1e-12);
  EXPECT_EQ(seen.bins[12].rows, 2u);
  EXPECT_NEAR(seen.bins[12].mean_confidence, 0.84, 1e-12);
  EXPECT_DOUBLE_EQ(seen.bins[12].accuracy, 0.5);
  EXPECT_EQ(seen.bins[14].rows, 1u);
  EXPECT_NEAR(*seen.log_loss, -(std::log(0.82) + std::log(0.14) + std::log(0.95)) / 3, 1e-12);
  EXPECT_NEAR(*seen.brier, 2 * (0.18 * 0.18 + 0.86 * 0.86 + 0.05 * 0.05) / 3, 1e-12);
}

TEST(Calibration, TheEdgesHaveABin) {
  const std::vector<JudgedRow> rows = {Sure(0, false), Sure(1, true), Sure(1, false)};
  const auto got = MeasureCalibration(rows);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((**got).bins[0].rows, 1u);
  EXPECT_EQ((**got).bins[14].rows, 2u);
  EXPECT_TRUE(std::isfinite(*(**got).log_loss));
}

TEST(Calibration, IsNotMeasuredWithoutProbabilities) {
  const std::vector<JudgedRow> rows(3);
  const auto got = MeasureCalibration(rows);
  ASSERT_TRUE(got);
  EXPECT_FALSE(*got);
  const auto empty = MeasureCalibration({});
  ASSERT_TRUE(empty);
  EXPECT_FALSE(*empty);
  const double threshold = 0.5;
  EXPECT_TRUE(MeasureCoverage(rows, {&threshold, 1}).empty());
}

TEST(Calibration, RefusesWhatIsNoProbability) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), -0.1, 1.1,
                           std::numeric_limits<double>::infinity()}) {
    JudgedRow row;
    row.confidence = bad;
    EXPECT_FALSE(MeasureCalibration({&row, 1})) << bad;
  }
}

TEST(Coverage, CountsFailedRowsAsNotCovered) {
  std::vector<JudgedRow> rows = {Sure(0.9, true), Sure(0.9, false), Sure(0.6, true)};
  rows.push_back({});  // failed
  const std::vector<double> thresholds = {0.5, 0.9, 0.95};
  const auto got = MeasureCoverage(rows, thresholds);
  ASSERT_EQ(got.size(), 3u);
  EXPECT_DOUBLE_EQ(got[0].share, 0.75);
  EXPECT_DOUBLE_EQ(*got[0].accuracy, 2.0 / 3);
  EXPECT_DOUBLE_EQ(got[1].share, 0.5);
  EXPECT_DOUBLE_EQ(*got[1].accuracy, 0.5);
  EXPECT_DOUBLE_EQ(got[2].share, 0);
  EXPECT_FALSE(got[2].accuracy);
}

}  // namespace
}  // namespace yixin
