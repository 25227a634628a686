// One row of an evaluation: what is true, what a task said, and how sure it was.
// Tested by: label_metrics_test.cc, calibration_test.cc
#pragma once

#include <optional>

namespace yixin {

inline constexpr int kNoLabel = -1;

struct JudgedRow {
  int truth = 0;             // index of a label
  int predicted = kNoLabel;  // kNoLabel: the row failed, which counts as wrong
  // Probability of the predicted label. None: the row failed, the task has no probabilities (mode
  // `generate`), or the label came by a margin rule and is not among them.
  std::optional<double> confidence;
  // Of the true label, and sum over labels of (p - truth)^2; none where the true label has no
  // probability.
  std::optional<double> truth_probability;
  std::optional<double> squared_error;

  bool is_right() const { return predicted == truth; }
};

}  // namespace yixin
