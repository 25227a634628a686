// `yixin analyze --report`: a finished output as a page. Tested by: tests/e2e/report_test.py
#pragma once

#include <string>
#include <vector>

#include "bulk/result_reader.h"
#include "cli/analyze_flags.h"
#include "cli/analyze_view.h"
#include "yixin/result.h"

namespace yixin {

// What the page says of a task besides its rows.
struct ReportedTask {
  std::vector<std::string> labels;
  std::string title;
  std::string neutral;
};

// Before anything is computed. In: the run's own files. Errors: kInvalidArgument for one of those;
// kNotFound where the page's folder is not there.
Status CheckReport(const std::string& path, const std::vector<std::string>& own);

// Reads the output once, in memory that does not grow with it, and writes flags.report whole or not
// at all. In: `tasks`, one for each of the table's. Errors: those of ResultReader; kNotFound for a
// column that the rows do not have; kIo; kCancelled.
Status WriteReport(const ResultTable& table, const std::vector<ReportedTask>& tasks,
                   const AnalyzeFlags& flags, const AnalyzeFacts& facts);

}  // namespace yixin
