// Whether the probabilities can be trusted: of the rows with 0.8, are 80 in 100 right?
// Expected calibration error: Naeini, Cooper, Hauskrecht 2015; Guo et al. 2017, whose 15 bins of
// equal width these are. Tested by: calibration_test.cc
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "eval/judged_row.h"
#include "yixin/result.h"

namespace yixin {

inline constexpr size_t kReliabilityBins = 15;

// Confidences in (i / 15, (i + 1) / 15]; the first bin has 0 too.
struct ReliabilityBin {
  uint64_t rows = 0;
  double mean_confidence = 0;  // 0 without rows
  double accuracy = 0;         // 0 without rows
};

struct Calibration {
  uint64_t rows = 0;  // those with a confidence; the others say nothing here
  double expected_error = 0;
  std::array<ReliabilityBin, kReliabilityBins> bins;
  // Over the rows whose true label has a probability, which `scored_rows` counts; none without one.
  uint64_t scored_rows = 0;
  std::optional<double> log_loss;  // natural logarithm, of probabilities of at least 1e-15
  std::optional<double> brier;     // mean of squared_error: 0 to 2
};

// None: no row has a confidence, so nothing was measured.
// Errors: kInvalidArgument for a probability that is not in [0, 1] (NaN among them).
Result<std::optional<Calibration>> MeasureCalibration(std::span<const JudgedRow> rows);

struct Coverage {
  double at_least = 0;             // the confidence
  double share = 0;                // of all rows, failed ones too
  std::optional<double> accuracy;  // of those that are covered; none: no row is
};
// One for each threshold; empty where no row has a confidence.
std::vector<Coverage> MeasureCoverage(std::span<const JudgedRow> rows,
                                      std::span<const double> thresholds);

}  // namespace yixin
