// What the labels alone say: accuracy, precision, recall, F1, and which labels are mistaken for
// which. Tested by: label_metrics_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "eval/judged_row.h"
#include "yixin/result.h"

namespace yixin {

struct ClassMetrics {
  uint64_t support = 0;             // rows that have the label in truth
  uint64_t predicted = 0;           // rows that were given it
  std::optional<double> precision;  // none: it was never given
  std::optional<double> recall;     // none: no row has it
  double f1 = 0;                    // 2 right / (support + predicted); 0 where both are none
};

struct LabelMetrics {
  uint64_t rows = 0;
  uint64_t right = 0;
  uint64_t failed = 0;                // among rows, as wrong ones
  std::optional<double> accuracy;     // none: no rows
  std::optional<double> macro_f1;     // mean over the labels that have rows; none: no rows
  std::vector<ClassMetrics> classes;  // [labels]
  std::vector<std::vector<uint64_t>> confusion;  // [labels][labels + 1]: truth, given; last: failed
};

// Errors: kInvalidArgument for an index that is no label.
Result<LabelMetrics> MeasureLabels(std::span<const JudgedRow> rows, size_t labels);

}  // namespace yixin
