// The model and the tasks of a `yixin analyze`: opened as an earlier run had them, and calibrated
// and compared by the input's first rows. Tested by: tests/e2e/analyze_test.py
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bulk/bulk_manifest.h"
#include "bulk/rating.h"
#include "bulk/result_fields.h"
#include "cli/analyze_flags.h"
#include "cli/analyze_report.h"
#include "cli/analyze_view.h"
#include "yixin/assistant.h"

namespace yixin {

// Cells of the first rows without a fault.
struct FirstRows {
  std::vector<std::string> texts;
  std::optional<std::vector<std::string>> ratings;  // of --compare-column
};

struct AnalyzeEngine {
  Assistant assistant;
  // One a task, in the order in which they were named.
  std::vector<BulkTask> tasks;
  std::vector<ClassifyOptions> options;
  std::vector<std::string> hashes;               // of their files
  std::vector<std::vector<std::string>> labels;  // all of them
  std::vector<ReportedTask> reported;            // what a page says of them
  std::optional<RatingRule> rating;              // of the first task

  // Errors: those of OpenAssistant, Assistant::DescribeTask, Assistant::EstimatePrior and
  // RatingRule::Find. In: `earlier`, the run that is gone on with, or nullptr. Out: what `facts`
  // has of model and tasks.
  static Result<AnalyzeEngine> Open(const AnalyzeFlags& flags, const FirstRows& first,
                                    const BulkManifest* earlier, AnalyzeFacts& facts);
};

}  // namespace yixin
