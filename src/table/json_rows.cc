// Tested by: json_rows_test.cc
#include "table/json_rows.h"

#include <string_view>

#include "table/json_fields.h"

namespace yixin {
namespace {

// JSON's white space (RFC 8259).
std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

JsonRows::JsonRows(TextLines lines, const JsonRowsOptions& options)
    : lines_(std::move(lines)),
      max_depth_(options.max_depth),
      max_row_bytes_(options.max_row_bytes) {
  for (const std::string& name : options.columns) columns_.emplace(name, columns_.size());
}

Result<bool> JsonRows::Next(TableRow& row) {
  std::string_view text;
  RowPosition here;
  do {
    here = position();
    YIXIN_TRY(const bool is_there, lines_.Next(line_));
    if (!is_there) return false;
    text = Trim(line_.content());
  } while (text.empty() && !line_.is_too_long);

  row.Clear();
  row.position = here;
  ++rows_;
  if (line_.is_too_long) {
    row.FailTooLong(max_row_bytes_);
    return true;
  }
  row.raw = text;
  if (!line_.has_valid) {
    row.FailInvalidBytes();
    return true;
  }
  JsonFields parsed = ParseJsonFields(text, max_depth_);
  if (parsed.fault != RowFault::kNone) {
    row.Fail(parsed.fault, std::move(parsed.message));
    return true;
  }
  row.cells.resize(columns_.size());
  row.kinds.assign(columns_.size(), CellKind::kAbsent);
  for (JsonField& field : parsed.fields) {
    const auto column = columns_.find(field.key);
    if (column == columns_.end()) {
      row.other_keys.push_back(std::move(field.key));
    } else {
      row.cells[column->second] = std::move(field.text);
      row.kinds[column->second] = field.kind;
    }
  }
  return true;
}

Status JsonRows::SkipTo(const RowPosition& position) {
  rows_ = position.row;
  return lines_.SkipTo(position.offset, position.line);
}

}  // namespace yixin
