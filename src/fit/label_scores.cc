// Tested by: label_scores_test.cc
#include "fit/label_scores.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace yixin {
namespace {

constexpr double kZ95 = 1.959964;  // standard deviations on either side that hold 95 %
constexpr double kLeastProbability = 1e-12;
constexpr size_t kBins = 10;

}  // namespace

void ToProbabilities(std::span<double> row) {
  const double best = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (double& value : row) sum += value = std::exp(value - best);
  for (double& value : row) value /= sum;
}

int Best(std::span<const double> row) {
  return static_cast<int>(std::max_element(row.begin(), row.end()) - row.begin());
}

WilsonBounds WilsonInterval(size_t right, size_t rows) {
  if (rows == 0) return {0, 1};
  const auto n = static_cast<double>(rows);
  const double p = static_cast<double>(right) / n;
  const double centre = p + kZ95 * kZ95 / (2 * n);
  const double spread = kZ95 * std::sqrt(p * (1 - p) / n + kZ95 * kZ95 / (4 * n * n));
  const double scale = 1 + kZ95 * kZ95 / n;
  return {std::max(0.0, (centre - spread) / scale), std::min(1.0, (centre + spread) / scale)};
}

std::vector<double> LogLosses(const LabelScores& scores, std::span<const int> classes) {
  std::vector<double> losses;
  std::vector<double> row(scores.labels);
  for (size_t i = 0; i < scores.rows(); ++i) {
    if (classes[i] < 0) continue;
    std::ranges::copy(scores.row(i), row.begin());
    ToProbabilities(row);
    losses.push_back(-std::log(std::max(row[static_cast<size_t>(classes[i])], kLeastProbability)));
  }
  return losses;
}

Quality Judge(const LabelScores& scores, std::span<const int> classes) {
  Quality quality;
  quality.rows = scores.rows();
  struct Bin {
    double confidence = 0;
    double right = 0;
  };
  std::array<Bin, kBins> bins{};
  std::vector<double> row(scores.labels);
  for (size_t i = 0; i < quality.rows; ++i) {
    std::ranges::copy(scores.row(i), row.begin());
    ToProbabilities(row);
    const int best = Best(row);
    const bool is_right = best == classes[i];
    const double confidence = row[static_cast<size_t>(best)];
    Bin& bin = bins[std::min(static_cast<size_t>(confidence * kBins), kBins - 1)];
    bin.confidence += confidence;
    bin.right += is_right ? 1 : 0;
    quality.right += is_right ? 1 : 0;
  }
  if (quality.rows == 0) return quality;
  const auto n = static_cast<double>(quality.rows);
  quality.accuracy = static_cast<double>(quality.right) / n;
  quality.interval = WilsonInterval(quality.right, quality.rows);
  for (const Bin& bin : bins) quality.calibration_error += std::abs(bin.confidence - bin.right) / n;
  const std::vector<double> losses = LogLosses(scores, classes);
  for (const double loss : losses) quality.log_loss += loss / static_cast<double>(losses.size());
  return quality;
}

Difference CompareAccuracy(std::span<const int> a, std::span<const int> b,
                           std::span<const int> classes) {
  Difference difference;
  const auto n = static_cast<double>(a.size());
  if (a.empty()) return difference;
  double sum = 0;
  double squares = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double step = (b[i] == classes[i] ? 1.0 : 0.0) - (a[i] == classes[i] ? 1.0 : 0.0);
    sum += step;
    squares += step * step;
  }
  difference.value = sum / n;
  const double variance = std::max(0.0, squares / n - difference.value * difference.value);
  const double spread = kZ95 * std::sqrt(variance / n);
  difference.interval = {difference.value - spread, difference.value + spread};
  return difference;
}

}  // namespace yixin
