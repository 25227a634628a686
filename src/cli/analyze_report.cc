// Tested by: tests/e2e/report_test.py
#include "cli/analyze_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string_view>
#include <utility>

#include "cli/analyze_export.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/page_options.h"
#include "report/analyze_page.h"
#include "report/calendar.h"
#include "yixin/version.h"

namespace yixin {
namespace {

// Columns that say by their names what they hold, where no flag does.
constexpr std::array<std::string_view, 2> kTruthNames = {"label", "truth"};
constexpr std::array<std::string_view, 10> kDateNames = {
    "date", "time", "datetime", "timestamp", "created_at",
    "日期", "时间", "评论时间", "发布时间",  "created"};
// A column that was found by its name alone must hold what the name says in most rows.
constexpr double kMostRows = 0.9;

std::string CellText(const std::string& json) {
  const auto value = ParseJsonLine(json);
  if (!value || value->is_null()) return "";
  return value->is_string() ? value->get<std::string>() : value->dump();
}

std::string_view FindName(const ResultRow& row, std::span<const std::string_view> names) {
  for (const auto& [name, value] : row.others) {
    if (std::ranges::find(names, name) != names.end()) return name;
  }
  return "";
}

// The columns that a report reads besides the texts.
struct ReportColumns {
  std::string truth;
  std::string date;

  void Find(const ResultRow& row, const AnalyzeFlags& flags) {
    truth = flags.truth_column.empty() ? FindName(row, kTruthNames) : flags.truth_column;
    date = flags.date_column.empty() ? FindName(row, kDateNames) : flags.date_column;
  }
};

Result<std::string> Cell(const ResultRow& row, const std::string& column) {
  const auto found =
      std::ranges::find(row.others, column, &std::pair<std::string, std::string>::first);
  if (found != row.others.end()) return CellText(found->second);
  return Error{ErrorCode::kNotFound, "the rows have no column \"" + column + "\" for the report",
               column};
}

class ReportMaker {
 public:
  ReportMaker(const ResultTable& table, const std::vector<ReportedTask>& tasks,
              const AnalyzeFlags& flags)
      : table_(table), flags_(flags) {
    for (size_t i = 0; i < tasks.size(); ++i) {
      tasks_.push_back(
          {table.tasks[i].name, tasks[i].title, tasks[i].neutral, LabelSummary(tasks[i].labels)});
    }
  }

  Status Take(const ResultRow& row) {
    if (row.others.empty() && !row.outcomes.empty() && row.text.empty()) return Fail();
    if (!has_columns_) columns_.Find(row, flags_);
    has_columns_ = true;
    ReportedRow labelled;
    labelled.line = row.line;
    labelled.text = row.text;
    if (!columns_.truth.empty()) {
      YIXIN_TRY(labelled.truth, Optional(row, columns_.truth, flags_.truth_column));
    }
    if (!columns_.date.empty()) {
      YIXIN_TRY(const std::string date, Optional(row, columns_.date, flags_.date_column));
      labelled.day = ParseDate(date);
    }
    for (size_t i = 0; i < tasks_.size(); ++i) {
      const TaskOutcome& outcome = row.outcomes[i];
      if (outcome.label.empty()) {
        tasks_[i].summary.AddFailed();
        continue;
      }
      labelled.label = outcome.label;
      labelled.confidence.reset();
      labelled.margin.reset();
      const auto& scored = table_.tasks[i].scored;
      const auto at =
          static_cast<size_t>(std::ranges::find(scored, outcome.label) - scored.begin());
      if (at < outcome.probs.size()) labelled.confidence = outcome.probs[at];
      if (!scored.empty()) labelled.margin = outcome.margin;
      tasks_[i].summary.Add(labelled);
    }
    return {};
  }

  std::string Render(const AnalyzeFacts& facts) const {
    ReportFacts page;
    page.language = ChoosePageLanguage(flags_.report_language);
    // A page is handed on; where the files lie here is nobody's business.
    page.input = std::filesystem::path(facts.input).filename().string();
    page.output = std::filesystem::path(facts.output).filename().string();
    page.model = facts.model;
    page.kernels = facts.kernels;
    page.version = kVersion;
    page.made = NowForPeople();
    if (IsKept(columns_.truth, flags_.truth_column, &LabelSummary::judged)) {
      page.truth_column = columns_.truth;
    }
    if (IsKept(columns_.date, flags_.date_column, &LabelSummary::dated)) {
      page.date_column = columns_.date;
    }
    return RenderAnalyzePage(page, tasks_);
  }

 private:
  // A row may lack a column that only a name suggested.
  static Result<std::string> Optional(const ResultRow& row, const std::string& column,
                                      const std::string& flag) {
    auto cell = Cell(row, column);
    if (!cell && flag.empty()) return std::string();
    return cell;
  }

  Status Fail() {
    for (ReportTask& task : tasks_) task.summary.AddFailed();
    return {};
  }

  bool IsKept(const std::string& column, const std::string& flag,
              uint64_t (LabelSummary::*count)() const) const {
    if (column.empty() || !flag.empty()) return !column.empty();
    return std::ranges::any_of(tasks_, [&](const ReportTask& task) {
      return static_cast<double>((task.summary.*count)()) >=
             kMostRows * static_cast<double>(task.summary.rows());
    });
  }

  const ResultTable& table_;
  const AnalyzeFlags& flags_;
  std::vector<ReportTask> tasks_;
  ReportColumns columns_;
  bool has_columns_ = false;
};

}  // namespace

Status CheckReport(const std::string& path, const std::vector<std::string>& own) {
  YIXIN_CHECK_OK(CheckIsOther("--report", path, own));
  return CheckPageFolder("--report", path);
}

Status WriteReport(const ResultTable& table, const std::vector<ReportedTask>& tasks,
                   const AnalyzeFlags& flags, const AnalyzeFacts& facts) {
  YIXIN_TRY(ResultReader reader, ResultReader::Open(table, &Interrupts()));
  ReportMaker maker(table, tasks, flags);
  for (ResultRow row;;) {
    YIXIN_TRY(const bool is_there, reader.Next(row));
    if (!is_there) break;
    YIXIN_CHECK_OK(maker.Take(row));
  }
  return WriteWholeFile(flags.report, maker.Render(facts));
}

}  // namespace yixin
