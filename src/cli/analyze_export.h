// `yixin analyze --export`: a finished output in another program's format.
// Tested by: tests/e2e/analyze_test.py
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bulk/result_reader.h"
#include "cli/analyze_view.h"
#include "yixin/result.h"

namespace yixin {

// Before anything is computed. In: the run's own files. Errors: kInvalidArgument for one of those.
Status CheckIsOther(std::string_view flag, const std::string& path,
                    const std::vector<std::string>& own);

// Out: what `facts` has of the export. In: the labels of each task. Errors: as ExportLabelStudio.
Status Export(const ResultTable& table, const std::vector<std::vector<std::string>>& labels,
              AnalyzeFacts& facts);

}  // namespace yixin
