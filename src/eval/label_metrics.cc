// Tested by: label_metrics_test.cc
#include "eval/label_metrics.h"

namespace yixin {
namespace {

double Share(uint64_t part, uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Result<LabelMetrics> MeasureLabels(std::span<const JudgedRow> rows, size_t labels) {
  LabelMetrics out;
  out.rows = rows.size();
  out.classes.resize(labels);
  out.confusion.assign(labels, std::vector<uint64_t>(labels + 1));
  const int count = static_cast<int>(labels);
  for (const JudgedRow& row : rows) {
    if (row.truth < 0 || row.truth >= count || row.predicted < kNoLabel || row.predicted >= count) {
      return Error{ErrorCode::kInvalidArgument, "a row's label is none of the evaluation's", ""};
    }
    const auto truth = static_cast<size_t>(row.truth);
    const bool has_failed = row.predicted == kNoLabel;
    const size_t given = has_failed ? labels : static_cast<size_t>(row.predicted);
    ++out.confusion[truth][given];
    ++out.classes[truth].support;
    if (has_failed) {
      ++out.failed;
    } else {
      ++out.classes[given].predicted;
    }
    if (row.is_right()) ++out.right;
  }
  if (rows.empty()) return out;
  out.accuracy = Share(out.right, out.rows);
  double sum = 0;
  size_t seen = 0;
  for (size_t i = 0; i < labels; ++i) {
    ClassMetrics& one = out.classes[i];
    const uint64_t right = out.confusion[i][i];
    if (one.predicted > 0) one.precision = Share(right, one.predicted);
    if (one.support == 0 && one.predicted == 0) continue;
    one.f1 = Share(2 * right, one.support + one.predicted);
    if (one.support == 0) continue;
    one.recall = Share(right, one.support);
    sum += one.f1;
    ++seen;
  }
  out.macro_f1 = sum / static_cast<double>(seen);
  return out;
}

}  // namespace yixin
