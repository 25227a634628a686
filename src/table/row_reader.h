// The door for tables: opens a file or a stream of unknown make, says what it is, and gives its
// rows one after the other. Memory is one row, however long the file.
//
//   RowReader reader = *RowReader::Open(source, {.name = "reviews.csv"});
//   TableRow row;
//   while (*reader.Next(row)) ...
//
// Tested by: row_reader_test.cc
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "table/byte_source.h"
#include "table/row.h"
#include "table/row_source.h"
#include "table/table_shape.h"
#include "yixin/result.h"

namespace yixin {

struct TableOptions {
  std::string name;  // of the file, for its ending and for messages
  // What is not given is found from the first 256 KB.
  std::optional<TableFormat> format;
  std::optional<TextEncoding> encoding;
  std::optional<char> delimiter;  // CSV; ASCII
  std::optional<char> quote;      // CSV; '\0': quotes are text
  std::optional<bool> header;     // CSV
  // JSONL: columns that the caller needs, even if none of the first rows has them.
  std::vector<std::string> json_columns;
  // A longer row is a row with a fault, and passes without being held. The largest cell that people
  // were seen to have is 10 MB.
  size_t max_row_bytes = size_t{16} << 20;
  int max_json_depth = 64;
};

// Threads: one.
class RowReader {
 public:
  // Errors: the source's; kInvalidFile for an empty file, a file that is no text (gzip, Excel), an
  // encoding or a dialect that cannot be told, a JSON array, a header that names two columns alike;
  // kInvalidArgument for options that contradict each other.
  static Result<RowReader> Open(std::unique_ptr<ByteSource> source, const TableOptions& options);

  const TableShape& shape() const { return shape_; }
  // Errors: kNotFound with the columns that there are.
  Result<size_t> FindColumn(std::string_view name) const;

  // False at the end. `row` may be the one of the last call. A bad row is a row with a fault.
  // Errors: the source's.
  Result<bool> Next(TableRow& row);

  // Of the next row: what SkipTo of a later reader, over the same bytes with the same options,
  // wants to go on here.
  RowPosition position() const { return rows_->position(); }
  // Errors: the source's; kInvalidFile when the input is shorter; kInvalidArgument to go back.
  Status SkipTo(const RowPosition& position) { return rows_->SkipTo(position); }

 private:
  RowReader(TableShape shape, std::unique_ptr<RowSource> rows)
      : shape_(std::move(shape)), rows_(std::move(rows)) {}

  TableShape shape_;
  std::unique_ptr<RowSource> rows_;
};

}  // namespace yixin
