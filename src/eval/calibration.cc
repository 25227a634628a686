// Tested by: calibration_test.cc
#include "eval/calibration.h"

#include <algorithm>
#include <cmath>

namespace yixin {
namespace {

constexpr double kLeastProbability = 1e-15;  // what a logarithm is taken of, as scikit-learn has it
// Sums of floats may pass 1 by a little.
constexpr double kSlack = 1e-6;

bool IsProbability(const std::optional<double>& value) {
  return !value || (*value >= 0 && *value <= 1 + kSlack);  // false for NaN
}

size_t BinOf(double confidence) {
  const double place = std::ceil(confidence * kReliabilityBins) - 1;
  return static_cast<size_t>(std::clamp(place, 0.0, kReliabilityBins - 1.0));
}

bool HasConfidence(const JudgedRow& row) { return row.confidence.has_value(); }

}  // namespace

Result<std::optional<Calibration>> MeasureCalibration(std::span<const JudgedRow> rows) {
  Calibration out;
  std::array<double, kReliabilityBins> right{};
  double log_sum = 0;
  double square_sum = 0;
  for (const JudgedRow& row : rows) {
    const bool is_square =
        !row.squared_error || (*row.squared_error >= 0 && *row.squared_error <= 2 + kSlack);
    if (!IsProbability(row.confidence) || !IsProbability(row.truth_probability) || !is_square) {
      return Error{ErrorCode::kInvalidArgument, "a probability is not in [0, 1]", ""};
    }
    if (row.truth_probability && row.squared_error) {
      ++out.scored_rows;
      log_sum -= std::log(std::clamp(*row.truth_probability, kLeastProbability, 1.0));
      square_sum += *row.squared_error;
    }
    if (!row.confidence) continue;
    ++out.rows;
    const size_t bin = BinOf(*row.confidence);
    ++out.bins[bin].rows;
    out.bins[bin].mean_confidence += *row.confidence;
    if (row.is_right()) right[bin] += 1;
  }
  if (out.rows == 0) return std::optional<Calibration>();
  for (size_t i = 0; i < kReliabilityBins; ++i) {
    ReliabilityBin& bin = out.bins[i];
    if (bin.rows == 0) continue;
    const auto count = static_cast<double>(bin.rows);
    out.expected_error += std::abs(right[i] - bin.mean_confidence) / static_cast<double>(out.rows);
    bin.mean_confidence /= count;
    bin.accuracy = right[i] / count;
  }
  if (out.scored_rows > 0) {
    out.log_loss = log_sum / static_cast<double>(out.scored_rows);
    out.brier = square_sum / static_cast<double>(out.scored_rows);
  }
  return std::optional(out);
}

std::vector<Coverage> MeasureCoverage(std::span<const JudgedRow> rows,
                                      std::span<const double> thresholds) {
  std::vector<Coverage> out;
  if (std::none_of(rows.begin(), rows.end(), HasConfidence)) return out;
  for (const double at_least : thresholds) {
    uint64_t covered = 0;
    uint64_t right = 0;
    for (const JudgedRow& row : rows) {
      if (!row.confidence || !(*row.confidence >= at_least)) continue;
      ++covered;
      if (row.is_right()) ++right;
    }
    Coverage one{at_least, static_cast<double>(covered) / static_cast<double>(rows.size()), {}};
    if (covered > 0) one.accuracy = static_cast<double>(right) / static_cast<double>(covered);
    out.push_back(one);
  }
  return out;
}

}  // namespace yixin
