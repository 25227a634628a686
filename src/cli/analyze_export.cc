// Tested by: tests/e2e/analyze_test.py
#include "cli/analyze_export.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "bulk/label_studio.h"
#include "cli/interrupt.h"

namespace yixin {

Status CheckIsOther(std::string_view flag, const std::string& path,
                    const std::vector<std::string>& own) {
  const bool is_own = std::any_of(own.begin(), own.end(), [&](const std::string& file) {
    std::error_code ignored;
    return path == file || std::filesystem::equivalent(path, file, ignored);
  });
  if (!is_own) return {};
  return Error{ErrorCode::kInvalidArgument,
               std::string(flag) + ": " + path + " is the run's own file; name another", path};
}

Status Export(const ResultTable& table, const std::vector<std::vector<std::string>>& labels,
              AnalyzeFacts& facts) {
  YIXIN_TRY(const LabelStudioCounts counts,
            ExportLabelStudio(table, facts.exported, facts.model, &Interrupts()));
  facts.exported_tasks = counts.tasks;
  facts.exported_interface = LabelStudioInterface(facts.tasks, labels);
  return {};
}

}  // namespace yixin
