// Tested by: row_writer_test.cc
#include "table/csv_writer.h"

#include <algorithm>

#include "table/field_text.h"

namespace yixin {
namespace {

// -3, +0.5, 1e-3 are data. "-3+1" and "+86 10" are not.
bool IsPlainNumber(std::string_view cell) {
  const size_t sign = cell.starts_with('-') || cell.starts_with('+') ? 1 : 0;
  bool has_digit = false;
  bool has_point = false;
  for (size_t i = sign; i < cell.size(); ++i) {
    const bool is_digit = cell[i] >= '0' && cell[i] <= '9';
    if (!is_digit && (cell[i] != '.' || has_point)) return false;
    has_digit = has_digit || is_digit;
    has_point = has_point || cell[i] == '.';
  }
  return has_digit;
}

bool IsFormula(std::string_view cell) {
  return !cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos &&
         !IsPlainNumber(cell);
}

bool NeedsQuotes(std::string_view cell, char delimiter) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // a reader would drop it
  return cell.find_first_of("\"\r\n") != std::string_view::npos ||
         cell.find(delimiter) != std::string_view::npos || cell.starts_with(' ') ||
         cell.ends_with(' ') || cell.starts_with(kByteOrderMark);
}

}  // namespace

void CsvWriter::AppendCell(std::string_view cell) {
  if (cells_++ > 0) line_ += options_.delimiter;
  const bool escapes = options_.escape_formulas && IsFormula(cell);
  if (!NeedsQuotes(cell, options_.delimiter)) {
    if (escapes) line_ += '\'';
    line_ += cell;
    return;
  }
  line_ += '"';
  if (escapes) line_ += '\'';
  for (const char c : cell) {
    if (c == '"') line_ += '"';
    line_ += c;
  }
  line_ += '"';
}

void CsvWriter::EndLine(std::string& out) {
  if (line_.empty()) line_ = "\"\"";  // a blank line is no row
  line_ += '\n';
  transcoder_.Append(line_, out);
  line_.clear();
  cells_ = 0;
}

void CsvWriter::AppendHeader(std::string& out) {
  if (options_.byte_order_mark && options_.encoding == TextEncoding::kUtf8) out += "\xEF\xBB\xBF";
  for (const std::string& column : options_.columns) AppendCell(column);
  for (const FieldPath& path : options_.added) AppendCell(JoinPath(path));
  EndLine(out);
}

Status CsvWriter::AppendRow(const TableRow& row, std::span<const FieldValue> added,
                            std::string& out) {
  for (size_t i = 0; i < options_.columns.size(); ++i) {
    AppendCell(i < row.cells.size() ? std::string_view(row.cells[i]) : std::string_view());
  }
  for (const FieldValue& value : added) AppendCell(FieldText(value));
  EndLine(out);
  return {};
}

}  // namespace yixin
