// Calibration of synthetic scores whose right answer is known.
#include "fit/affine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace yixin {
namespace {

// Rows whose labels are drawn from the softmax of `true` scores; what is seen are scores that were
// bent: seen = (true - offsets) / scale.
struct Synthetic {
  LabelScores seen;
  std::vector<int> classes;
};

Synthetic Draw(size_t rows, double scale, const std::vector<double>& offsets) {
  std::mt19937 random(7);
  Synthetic data;
  data.seen.labels = offsets.size();
  const auto unit = [&] { return static_cast<double>(random()) / 4294967296.0; };
  for (size_t i = 0; i < rows; ++i) {
    std::vector<double> row;
    for (size_t k = 0; k < offsets.size(); ++k) {
      row.push_back(4 * unit() - 2);
      data.seen.values.push_back((row[k] - offsets[k]) / scale);
    }
    ToProbabilities(row);
    double left = unit();
    int label = 0;
    while (label + 1 < static_cast<int>(row.size()) && left > row[static_cast<size_t>(label)]) {
      left -= row[static_cast<size_t>(label++)];
    }
    data.classes.push_back(label);
  }
  return data;
}

TEST(Affine, FindsTheScaleAndTheOffsets) {
  const std::vector<double> offsets = {1.0, -0.5, -0.5};
  const Synthetic data = Draw(20'000, 0.25, offsets);
  const AffineCorrection found = FitAffine(data.seen, data.classes, 1);
  EXPECT_NEAR(found.scale, 0.25, 0.02);
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(found.offsets[k] - found.offsets[0], offsets[k] - offsets[0], 0.1);
  }
  const double before = Judge(data.seen, data.classes).calibration_error;
  const double after = Judge(Apply(found, data.seen), data.classes).calibration_error;
  EXPECT_GT(before, 0.1);
  EXPECT_LT(after, 0.02);
}

TEST(Affine, TheScaleAlone) {
  const Synthetic data = Draw(20'000, 4, {0, 0});
  EXPECT_NEAR(FitScale(data.seen, data.classes), 4, 0.3);
  const LabelScores separate{2, {1, 0, 0, 1}};
  const std::vector<int> right = {0, 1};
  const std::vector<int> wrong = {1, 0};
  EXPECT_GT(FitScale(separate, right), 30);
  EXPECT_NEAR(FitScale(separate, wrong), 0.01, 0.001);
}

TEST(Affine, OfFewRowsLittleIsBelieved) {
  const Synthetic data = Draw(4, 1, {0, 0});
  const AffineCorrection free = FitAffine(data.seen, data.classes, 0.01);
  const AffineCorrection held = FitAffine(data.seen, data.classes, 1000);
  EXPECT_NEAR(held.scale, 1, 0.02);
  EXPECT_NEAR(held.offsets[0], 0, 0.02);
  EXPECT_GT(std::abs(free.scale - 1) + std::abs(free.offsets[0]),
            std::abs(held.scale - 1) + std::abs(held.offsets[0]));
}

TEST(Affine, NeverTurnsTheLabelsRound) {
  LabelScores scores{2, {}};
  std::vector<int> classes;
  for (int i = 0; i < 100; ++i) {
    scores.values.push_back(i % 2 == 0 ? 3 : -3);
    scores.values.push_back(0);
    classes.push_back(i % 2 == 0 ? 1 : 0);  // always the wrong one
  }
  const AffineCorrection found = FitAffine(scores, classes, 1);
  EXPECT_GT(found.scale, 0);
  EXPECT_TRUE(std::isfinite(found.offsets[0]));
}

}  // namespace
}  // namespace yixin
