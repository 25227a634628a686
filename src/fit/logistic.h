// L2-regularised logistic regression over dense features, one label against the rest, by liblinear
// (Fan et al. 2008; its trust region Newton method, Lin et al. 2008): no random numbers, so the
// same rows give the same weights.
//
// Threads: one at a time in the process, for liblinear's print hook is global.
// Tested by: logistic_test.cc
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "fit/label_scores.h"
#include "yixin/result.h"

namespace yixin {

// A score of a label is weights . x + bias.
struct LinearModel {
  size_t labels = 0;
  size_t width = 0;
  std::vector<double> weights;  // [labels, width]
  std::vector<double> biases;   // [labels]
};

// The rows, each feature with mean 0 and variance 1 over all of them, so that one strength suits
// all features. Labels are not looked at.
class LogisticRows {
 public:
  // In: features [rows, width], row by row from the caller. Memory: 16 bytes a feature.
  LogisticRows(size_t rows, size_t width,
               const std::function<void(size_t row, std::span<double> out)>& read);
  ~LogisticRows();
  LogisticRows(LogisticRows&&) noexcept;
  LogisticRows& operator=(LogisticRows&&) noexcept;

  size_t rows() const { return rows_; }
  size_t width() const { return width_; }

  // In: `some`, the rows to learn from; classes [rows] in [0, labels), and two of them at least
  // among `some`; strength: liblinear's C, the weight of the rows against that of the penalty;
  // start: a model to start from (of two labels), or null.
  // A label that none of `some` has gets a score that never wins.
  // Errors: kInternal where liblinear refuses.
  Result<LinearModel> Fit(std::span<const size_t> some, std::span<const int> classes, size_t labels,
                          double strength, const LinearModel* start) const;

  // Out: [some, labels].
  LabelScores Score(const LinearModel& model, std::span<const size_t> some) const;

  // The same model for features as they came: mean and scale folded into its weights.
  LinearModel Unscaled(const LinearModel& model) const;

 private:
  struct Nodes;
  size_t rows_;
  size_t width_;
  std::unique_ptr<Nodes> nodes_;
  std::vector<double> means_;
  std::vector<double> scales_;  // 1 / deviation; 0 for a feature that never changes
};

}  // namespace yixin
