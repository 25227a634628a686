// Tested by: result_reader_test.cc
#include "bulk/result_reader.h"

#include <charconv>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <system_error>

#include "table/byte_source.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::string JsonText(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

double NumberOf(std::string_view text) {
  double number = kNone;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() ? number : kNone;
}

// The writer puts a ' before what a spreadsheet would run. A text of the input that began with '=
// itself loses its ', the one thing in which a CSV file does not give back what went in.
std::string WithoutEscape(const std::string& cell) {
  const bool is_escaped = cell.size() > 1 && cell[0] == '\'' &&
                          std::string_view("=+-@\t\r").find(cell[1]) != std::string_view::npos;
  return is_escaped ? cell.substr(1) : cell;
}

std::string TextOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double NumberOf(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : kNone;
}

TaskOutcome OutcomeOf(const Json& result, const BulkTask& task) {
  if (!result.is_object()) return FailedOutcome("not_json", "no result of " + task.name);
  TaskOutcome outcome;
  outcome.label = TextOf(result, "label");
  outcome.error = TextOf(result, "error");
  outcome.message = TextOf(result, "message");
  outcome.margin = NumberOf(result, "margin");
  outcome.label_mass = NumberOf(result, "label_mass");
  const auto probs = result.find("probs");
  for (const std::string& label : task.scored) {
    const bool is_there = probs != result.end() && probs->is_object();
    outcome.probs.push_back(is_there ? NumberOf(*probs, label) : kNone);
  }
  return outcome;
}

}  // namespace

Result<ResultReader> ResultReader::Open(const ResultTable& table, const StopFlag* stop) {
  YIXIN_TRY(FileSource source, FileSource::Open(table.path, stop));
  TableOptions options;
  options.name = table.path;
  options.format = table.writing.format;
  options.encoding = table.writing.encoding;
  if (table.writing.format == TableFormat::kCsv) {
    options.delimiter = table.writing.delimiter;
    options.quote = '"';
    options.header = true;
  }
  // Results were added to rows that may have been as long as rows can be.
  options.max_row_bytes *= 2;
  YIXIN_TRY(RowReader rows,
            RowReader::Open(std::make_unique<FileSource>(std::move(source)), options));
  ResultReader reader(table, std::move(rows));
  if (table.writing.format == TableFormat::kCsv) YIXIN_CHECK_OK(reader.FindCsvColumns());
  return reader;
}

Status ResultReader::FindCsvColumns() {
  std::set<size_t> of_results;
  const auto find = [&](const std::string& name) -> Result<size_t> {
    auto column = reader_.FindColumn(name);
    if (!column) {
      return Error{ErrorCode::kInvalidFile,
                   table_.path + ": has no column " + name + ", as an output of this run has",
                   table_.path};
    }
    of_results.insert(*column);
    return column;
  };
  YIXIN_TRY(text_column_, find(table_.text_column));
  for (const BulkTask& task : table_.tasks) {
    TaskColumns columns;
    YIXIN_TRY(columns.label, find(task.name + ".label"));
    for (const std::string& label : task.scored) {
      YIXIN_TRY(const size_t column, find(task.name + ".probs." + label));
      columns.probs.push_back(column);
    }
    if (!task.scored.empty()) {
      YIXIN_TRY(columns.margin, find(task.name + ".margin"));
      YIXIN_TRY(columns.label_mass, find(task.name + ".label_mass"));
    }
    if (task.is_compared) YIXIN_CHECK_OK(find(task.name + ".agrees"));
    YIXIN_TRY(columns.error, find(task.name + ".error"));
    YIXIN_TRY(columns.message, find(task.name + ".message"));
    task_columns_.push_back(std::move(columns));
  }
  for (size_t i = 0; i < reader_.shape().columns.size(); ++i) {
    if (!of_results.contains(i)) other_columns_.push_back(i);
  }
  return {};
}

Result<bool> ResultReader::Next(ResultRow& row) {
  YIXIN_TRY(const bool is_there, reader_.Next(read_));
  if (!is_there) return false;
  row.line = read_.position.line;
  row.text.clear();
  row.others.clear();
  row.outcomes.clear();
  Status taken;
  if (read_.fault != RowFault::kNone) {
    taken = Error{ErrorCode::kInvalidFile, read_.message, RowFaultName(read_.fault)};
  } else if (table_.writing.format == TableFormat::kCsv) {
    TakeCsv(row);
  } else {
    taken = TakeJson(row);
  }
  if (!taken) {
    row.outcomes.assign(table_.tasks.size(),
                        FailedOutcome(taken.error().subject, taken.error().message));
  }
  return true;
}

void ResultReader::TakeCsv(ResultRow& row) const {
  const std::vector<std::string>& cells = read_.cells;
  row.text = WithoutEscape(cells[text_column_]);
  for (const size_t column : other_columns_) {
    row.others.emplace_back(reader_.shape().columns[column],
                            JsonText(WithoutEscape(cells[column])));
  }
  for (const TaskColumns& columns : task_columns_) {
    TaskOutcome& outcome = row.outcomes.emplace_back();
    outcome.label = WithoutEscape(cells[columns.label]);
    for (const size_t column : columns.probs) outcome.probs.push_back(NumberOf(cells[column]));
    outcome.margin = columns.margin ? NumberOf(cells[*columns.margin]) : kNone;
    outcome.label_mass = columns.label_mass ? NumberOf(cells[*columns.label_mass]) : kNone;
    outcome.error = cells[columns.error];
    outcome.message = WithoutEscape(cells[columns.message]);
  }
}

// In: the reader has found an object, not too deep, that no key is twice in.
Status ResultReader::TakeJson(ResultRow& row) const {
  const Json object = Json::parse(read_.raw, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return Error{ErrorCode::kInvalidFile, "is no object", RowFaultName(RowFault::kNotAnObject)};
  }
  for (const auto& [key, value] : object.items()) {
    bool is_result = false;
    for (const BulkTask& task : table_.tasks) is_result = is_result || task.name == key;
    if (is_result) continue;
    if (key == table_.text_column) {
      row.text = value.is_string() ? value.get<std::string>() : JsonText(value);
    } else {
      row.others.emplace_back(key, JsonText(value));
    }
  }
  for (const BulkTask& task : table_.tasks) {
    const auto found = object.find(task.name);
    row.outcomes.push_back(OutcomeOf(found == object.end() ? Json() : *found, task));
  }
  return {};
}

}  // namespace yixin
