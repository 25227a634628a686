// The wrapper around liblinear: known answers, sameness, labels that are not there.
#include "fit/logistic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace yixin {
namespace {

// Two features; the second never changes. The label is the side of the first that a row is on.
LogisticRows TwoSides(size_t rows) {
  return LogisticRows(rows, 2, [](size_t row, std::span<double> out) {
    out[0] = 100 + (row % 2 == 0 ? 1.0 : -1.0) * (1 + static_cast<double>(row % 5));
    out[1] = 7;
  });
}

std::vector<size_t> All(size_t rows) {
  std::vector<size_t> all(rows);
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

TEST(Logistic, LearnsASideWhateverLabelComesFirst) {
  const LogisticRows rows = TwoSides(40);
  for (const int first : {0, 1}) {
    std::vector<int> classes;
    for (int i = 0; i < 40; ++i) classes.push_back(i % 2 == 0 ? first : 1 - first);
    const auto all = All(40);
    const auto model = rows.Fit(all, classes, 2, 1, nullptr);
    ASSERT_TRUE(model) << model.error().message;
    const LabelScores scores = rows.Score(*model, all);
    EXPECT_EQ(Judge(scores, classes).right, 40u);
    // From there on the same minimum is found at once.
    const auto again = rows.Fit(all, classes, 2, 1, &*model);
    ASSERT_TRUE(again);
    EXPECT_NEAR(again->weights[0], model->weights[0], 0.05 * std::abs(model->weights[0]));
    EXPECT_EQ(rows.Fit(all, classes, 2, 1, nullptr)->weights, model->weights) << "the same bits";
    // For features as they came, the same scores.
    const LinearModel plain = rows.Unscaled(*model);
    for (size_t row = 0; row < 5; ++row) {
      const double x = 100 + (row % 2 == 0 ? 1.0 : -1.0) * (1 + static_cast<double>(row % 5));
      EXPECT_NEAR(plain.weights[0] * x + plain.weights[1] * 7 + plain.biases[0], scores.row(row)[0],
                  1e-9);
    }
  }
}

// The optimum of one standardised feature and two rows by hand: minimise w^2 / 2 + 2 C log(1 +
// e^-w), so w = 2 C / (1 + e^w).
TEST(Logistic, TheStrengthIsLiblinearsC) {
  const LogisticRows rows(2, 1,
                          [](size_t row, std::span<double> out) { out[0] = row == 0 ? 3 : -3; });
  const std::vector<int> classes = {0, 1};
  const auto model = rows.Fit(All(2), classes, 2, 0.5, nullptr);
  ASSERT_TRUE(model);
  const double w = model->weights[0] - model->weights[1];
  EXPECT_NEAR(w, 2 * 0.5 / (1 + std::exp(w)), 0.01);
}

TEST(Logistic, ManyLabelsAndOneThatIsNotThere) {
  const LogisticRows rows(60, 3, [](size_t row, std::span<double> out) {
    for (size_t j = 0; j < 3; ++j) out[j] = row % 3 == j ? 1 : 0;
  });
  std::vector<int> classes;
  for (int i = 0; i < 60; ++i) classes.push_back(i % 3);
  const auto all = All(60);
  const auto model = rows.Fit(all, classes, 4, 1, nullptr);
  ASSERT_TRUE(model);
  EXPECT_EQ(Judge(rows.Score(*model, all), classes).right, 60u);
  for (size_t row = 0; row < 60; ++row) EXPECT_LT(rows.Score(*model, all).row(row)[3], -20);
}

}  // namespace
}  // namespace yixin
