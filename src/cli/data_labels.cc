// Tested by: data_labels_test.cc, tests/e2e/task_test.py
#include "cli/data_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "bulk/bulk_input.h"

namespace yixin {
namespace {

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Error NoLabels(const std::string& input, const std::string& column, std::string_view words) {
  return {ErrorCode::kInvalidFile,
          fmt::format("{}: column \"{}\": {}; --label-column names another column", input, column,
                      words),
          column};
}

}  // namespace

Result<DataLabels> ReadDataLabels(const std::string& path, const TableOptions& options,
                                  const DataColumns& columns, const StopFlag* stop) {
  YIXIN_TRY(BulkInput input, BulkInput::Open(path, options, stop));
  RowReader& reader = input.reader();
  const std::string column = columns.label.empty() ? "label" : columns.label;
  YIXIN_TRY(const size_t place, reader.FindColumn(column));
  std::optional<size_t> split;
  if (!columns.split.empty()) {
    YIXIN_TRY(split, reader.FindColumn(columns.split_column));
  }
  DataLabels data;
  for (TableRow row;;) {
    YIXIN_TRY(const bool is_there, reader.Next(row));
    if (!is_there) break;
    if (row.fault != RowFault::kNone) {
      if (data.bad++ == 0) data.first_fault = row.message;
      continue;
    }
    if (split && row.cells[*split] != columns.split) continue;
    const std::string_view label = Trimmed(row.cells[place]);
    if (label.empty()) {
      ++data.unlabelled;
      continue;
    }
    const auto known = std::ranges::find(data.labels, label, &DataLabel::name);
    if (known != data.labels.end()) {
      ++known->rows;
      continue;
    }
    if (label.size() > kMostDataLabelBytes) {
      return NoLabels(input.name(), column,
                      fmt::format("line {} has {} bytes, and a label at most {}", row.position.line,
                                  label.size(), kMostDataLabelBytes));
    }
    if (data.labels.size() == kMostDataLabels) {
      return NoLabels(input.name(), column,
                      fmt::format("more than {} labels, the next one in line {}", kMostDataLabels,
                                  row.position.line));
    }
    data.labels.push_back({std::string(label), 1});
  }
  if (data.labels.size() < 2) {
    return NoLabels(input.name(), column,
                    data.labels.empty()
                        ? "no row has a label"
                        : fmt::format("\"{}\" is the only label, and a task needs two",
                                      data.labels.front().name));
  }
  std::ranges::stable_sort(data.labels, std::ranges::greater(), &DataLabel::rows);
  return data;
}

std::string Describe(const DataLabels& data) {
  std::string out;
  for (const DataLabel& label : data.labels) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", label.name, label.rows);
  }
  return out;
}

}  // namespace yixin
