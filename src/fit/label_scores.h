// Scores of rows over labels, and how good they are: accuracy, log loss, calibration.
// Tested by: label_scores_test.cc
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace yixin {

// [rows, labels], larger is likelier; probabilities are the softmax of a row.
struct LabelScores {
  size_t labels = 0;
  std::vector<double> values;

  size_t rows() const { return labels == 0 ? 0 : values.size() / labels; }
  std::span<const double> row(size_t i) const {
    return std::span(values).subspan(i * labels, labels);
  }
  std::span<double> row(size_t i) { return std::span(values).subspan(i * labels, labels); }
};

// The softmax of a row, in place.
void ToProbabilities(std::span<double> row);
// Of equal scores the first.
int Best(std::span<const double> row);

struct WilsonBounds {
  double low = 0;
  double high = 0;
};
// Wilson's score interval at 95 % (Wilson 1927): right where `right` is near all or none, too.
WilsonBounds WilsonInterval(size_t right, size_t rows);

struct Quality {
  size_t rows = 0;
  size_t right = 0;
  double accuracy = 0;
  WilsonBounds interval;         // of the accuracy, 95 %
  double log_loss = 0;           // mean -log(probability of the right label)
  double calibration_error = 0;  // expected calibration error, 10 equal bins of the best label's
                                 // probability (Guo et al. 2017, arXiv 1706.04599)
};
// In: classes [rows]; -1: the right label is not among the scores, which is an error of the row and
// left out of the log loss.
Quality Judge(const LabelScores& scores, std::span<const int> classes);

// Each row's -log(probability of the right label).
std::vector<double> LogLosses(const LabelScores& scores, std::span<const int> classes);

// The difference of two ways' accuracies on the same rows, b minus a, with its 95 % interval
// (normal approximation over paired differences). In: the labels that they chose, and the right
// ones.
struct Difference {
  double value = 0;
  WilsonBounds interval;
};
Difference CompareAccuracy(std::span<const int> a, std::span<const int> b,
                           std::span<const int> classes);

}  // namespace yixin
