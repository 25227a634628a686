// What the fuzz entries for tables hold every reader and writer to, whatever the bytes.
// Tested by: the fuzz entries csv and jsonl.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "table/row_reader.h"
#include "table/row_writer.h"
#include "yixin/utf8.h"

namespace yixin {

inline void Require(bool holds) {
  if (!holds) __builtin_trap();
}

inline bool SameRow(const TableRow& a, const TableRow& b) {
  return a.position.offset == b.position.offset && a.position.line == b.position.line &&
         a.position.row == b.position.row && a.fault == b.fault && a.message == b.message &&
         a.cells == b.cells && a.kinds == b.kinds && a.raw == b.raw && a.other_keys == b.other_keys;
}

inline Result<RowReader> OpenBytes(std::string_view bytes, const TableOptions& options,
                                   size_t chunk) {
  return RowReader::Open(std::make_unique<MemorySource>(bytes, chunk), options);
}

inline void CheckRow(const TableRow& row, const TableRow* last, const TableShape& shape) {
  Require(row.kinds.size() == row.cells.size());
  Require(row.message.empty() == (row.fault == RowFault::kNone));
  Require(row.fault != RowFault::kNone || row.cells.size() == shape.columns.size());
  for (const std::string& cell : row.cells) Require(!FindInvalidUtf8(cell));
  Require(!FindInvalidUtf8(row.raw) && !FindInvalidUtf8(row.message));
  if (last == nullptr) return;
  Require(row.position.offset > last->position.offset && row.position.line > last->position.line);
  Require(row.position.row == last->position.row + 1);
}

// The rows of these bytes, read whole, a byte at a time, and from a place in the middle on.
inline std::vector<TableRow> CheckReading(std::string_view bytes, const TableOptions& options,
                                          TableShape& shape) {
  std::vector<TableRow> rows;
  std::vector<RowPosition> positions;
  Result<RowReader> whole = OpenBytes(bytes, options, SIZE_MAX);
  Result<RowReader> pieces = OpenBytes(bytes, options, 1);
  Require(whole.has_value() == pieces.has_value());
  if (!whole) {
    Require(whole.error().message == pieces.error().message);
    return rows;
  }
  shape = whole->shape();
  TableRow row;
  TableRow other;
  positions.push_back(whole->position());
  while (*whole->Next(row)) {
    CheckRow(row, rows.empty() ? nullptr : &rows.back(), shape);
    Require(*pieces->Next(other) && SameRow(row, other));
    rows.push_back(row);
    positions.push_back(whole->position());
  }
  Require(!*pieces->Next(other));

  const size_t middle = rows.size() / 2;
  Result<RowReader> rest = OpenBytes(bytes, options, SIZE_MAX);
  Require(rest && rest->SkipTo(positions[middle]));
  for (size_t i = middle; i < rows.size(); ++i) Require(*rest->Next(row) && SameRow(row, rows[i]));
  Require(!*rest->Next(row));
  return rows;
}

// The good rows, written and read again.
inline void CheckWriting(const std::vector<TableRow>& rows, const TableShape& shape,
                         TableFormat format) {
  const Result<std::unique_ptr<RowWriter>> writer = RowWriter::Create({.format = format,
                                                                       .columns = shape.columns,
                                                                       .added = {{"\x01r", "x"}},
                                                                       .escape_formulas = false});
  if (!writer) return;  // the column is there already
  // An object may have the key ""; as a column without a name it is read again as "column1".
  for (const std::string& column : shape.columns) {
    if (format == TableFormat::kCsv && column.empty()) return;
  }
  std::string bytes;
  (*writer)->AppendHeader(bytes);
  std::vector<const TableRow*> written;
  for (const TableRow& row : rows) {
    if (row.fault != RowFault::kNone) continue;
    if ((*writer)->AppendRow(row, std::vector<FieldValue>{int64_t{7}}, bytes)) {
      written.push_back(&row);
    }
  }
  if (written.empty()) return;
  TableOptions options{.format = format, .encoding = TextEncoding::kUtf8, .delimiter = ','};
  options.quote = '"';
  options.header = true;
  options.max_json_depth = 70;
  options.json_columns = shape.columns;
  Result<RowReader> reader = OpenBytes(bytes, options, SIZE_MAX);
  Require(reader.has_value());
  TableRow row;
  for (const TableRow* expected : written) {
    Require(*reader->Next(row) && row.fault == RowFault::kNone);
    for (size_t i = 0; i < shape.columns.size(); ++i) {
      const Result<size_t> column = reader->FindColumn(shape.columns[i]);
      Require(column && row.cells[*column] == expected->cells[i]);
    }
  }
  Require(!*reader->Next(row));
}

inline void CheckTable(std::string_view bytes, const TableOptions& options) {
  TableShape shape;
  const std::vector<TableRow> rows = CheckReading(bytes, options, shape);
  CheckWriting(rows, shape, TableFormat::kCsv);
  CheckWriting(rows, shape, TableFormat::kJsonLines);
}

}  // namespace yixin
