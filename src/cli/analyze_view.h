// What `yixin analyze` says: how far it is, the first labels, and the summary.
// Tested by: analyze_view_test.cc
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bulk/bulk_counts.h"
#include "bulk/bulk_manifest.h"
#include "bulk/row_scorer.h"
#include "cli/json_output.h"

namespace yixin {

// Everything that does not change while rows go by.
struct AnalyzeFacts {
  std::string input;
  std::string input_shape;  // Describe(shape)
  std::string column;
  std::string column_why;
  std::string output;    // empty: standard output
  std::string exported;  // empty: nothing was
  uint64_t exported_tasks = 0;
  std::string exported_interface;  // that a Label Studio project needs
  std::string report;              // a page that was written; empty: none
  std::string compared;            // a column of ratings; empty: none
  std::string compared_scale;      // for a person
  std::vector<std::string> tasks;
  std::vector<std::string> priors;  // one a task; empty: none
  std::string model;
  std::string kernels;
  RunIdentity run;  // empty before an output file is begun
};

// Of this run, without those that it went on with.
struct RunPace {
  uint64_t rows = 0;
  uint64_t computed = 0;  // rows but for texts that had been computed
  double seconds = 0;
  std::optional<double> share;        // of the input now, in [0, 1]; nothing where it is not known
  std::optional<double> first_share;  // when the run began

  double rows_per_s() const { return seconds > 0 ? static_cast<double>(rows) / seconds : 0; }
  double computed_per_s() const {
    return seconds > 0 ? static_cast<double>(computed) / seconds : 0;
  }
  std::optional<double> seconds_left() const;
};

// "1234 rows  88 rows/s  1:20 left  正面 800 · 负面 433 · 1 failed": of the first task.
std::string FormatPace(const BulkCounts& counts, const RunPace& pace);
// Said once, after the first rows: the speed, the hour of the end, and rows with their labels.
// In: `now`, seconds since 1970; the hour is local time.
std::vector<std::string> FormatFirstRows(const std::vector<ScoredSample>& samples,
                                         const RunPace& pace, int64_t now);
std::vector<std::string> FormatSummary(const AnalyzeFacts& facts, const BulkCounts& counts,
                                       const RunPace& pace);
Json SummaryJson(const AnalyzeFacts& facts, const BulkCounts& counts, const RunPace& pace);

// A command that a shell takes for these words.
std::string ShellCommand(const std::vector<std::string>& words);

}  // namespace yixin
