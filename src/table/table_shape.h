// What a table is like: what a reader found or was told, for a person to be told and for a
// manifest.
// Tested by: row_reader_test.cc
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "table/csv_cells.h"
#include "table/text_encoding.h"
#include "table/text_lines.h"

namespace yixin {

enum class TableFormat { kCsv, kJsonLines, kPlainLines };

struct TableShape {
  TableFormat format = TableFormat::kPlainLines;
  TextEncoding encoding = TextEncoding::kUtf8;
  LineBreak line_break = LineBreak::kLineFeed;
  CsvDialect dialect;       // CSV
  bool has_header = false;  // CSV
  // In the table's order, each once. CSV without a header and columns without a name: "column3".
  // JSONL: the keys of the first rows, in the order in which they come up. Plain lines: "text".
  std::vector<std::string> columns;
  // Why each of them is so: "given", or what was seen. For a person.
  std::string format_why;
  std::string encoding_why;
  std::string dialect_why;
  std::string header_why;
};

// "csv", "jsonl", "lines".
const char* FormatName(TableFormat format);

// One line: "CSV (by name), utf-8 (byte order mark), comma, quotes, header (...), 3 columns".
std::string Describe(const TableShape& shape);

}  // namespace yixin
