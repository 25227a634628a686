// What a report says of one task, gathered row by row in bounded memory.
// Tested by: label_summary_test.cc
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/charts.h"
#include "report/gram_table.h"

namespace yixin {

// One row of a result, as one task judged it.
struct ReportedRow {
  uint64_t line = 0;
  std::string text;
  std::string label;
  std::optional<double> confidence;  // the label's probability
  std::optional<double> margin;
  std::string truth;           // empty: not known
  std::optional<int32_t> day;  // since 1970-01-01
};

struct UncertainRow {
  uint64_t line = 0;
  std::string text;  // its beginning
  std::string label;
  double confidence = 0;
  double margin = 0;
};

class LabelSummary {
 public:
  static constexpr size_t kHistogramBins = 20;
  static constexpr size_t kUncertainRows = 25;

  explicit LabelSummary(std::vector<std::string> labels);

  // A label that the task does not have, or an unknown truth, is counted as rows without one.
  void Add(const ReportedRow& row);
  void AddFailed() { ++failed_; }

  const std::vector<std::string>& labels() const { return labels_; }
  uint64_t rows() const { return rows_; }
  uint64_t failed() const { return failed_; }
  const std::vector<uint64_t>& counts() const { return counts_; }
  uint64_t with_confidence() const { return with_confidence_; }
  const std::array<uint64_t, kHistogramBins>& histogram() const { return histogram_; }
  // [truth][given]; and the rows whose truth is one of the labels, and is not.
  const std::vector<std::vector<uint64_t>>& confusion() const { return confusion_; }
  uint64_t judged() const { return judged_; }
  uint64_t right() const { return right_; }
  uint64_t unknown_truths() const { return unknown_truths_; }
  // Bins that have rows. Empty without truth or probabilities.
  std::vector<ReliabilityPoint> Reliability() const;
  // Mean gap between confidence and accuracy over the bins, weighed by rows (Guo et al. 2017).
  double CalibrationError() const;
  // The least margin first.
  std::vector<UncertainRow> Uncertain() const;
  uint64_t dated() const { return dated_; }
  // Consecutive spans, the empty ones included; at most some hundred.
  std::vector<TimeSpan> OverTime() const;
  const GramTable& grams() const { return grams_; }

 private:
  struct Bin {
    uint64_t rows = 0;
    uint64_t right = 0;
    double confidence = 0;
  };

  std::vector<std::string> labels_;
  uint64_t rows_ = 0;
  uint64_t failed_ = 0;
  std::vector<uint64_t> counts_;
  uint64_t with_confidence_ = 0;
  std::array<uint64_t, kHistogramBins> histogram_{};
  std::vector<std::vector<uint64_t>> confusion_;
  uint64_t judged_ = 0;
  uint64_t right_ = 0;
  uint64_t unknown_truths_ = 0;
  std::array<Bin, 15> bins_{};
  std::vector<UncertainRow> uncertain_;  // a heap, the greatest margin at its front
  uint64_t dated_ = 0;
  std::map<int32_t, std::vector<uint64_t>> days_;
  GramTable grams_;
};

}  // namespace yixin
