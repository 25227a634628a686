// What the tests of this room share: text in, rows out, whatever the pieces it is read in.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "table/row_reader.h"

namespace yixin {

using Cells = std::vector<std::string>;

// The bytes must outlive the reader.
inline Result<RowReader> OpenText(std::string_view bytes, const TableOptions& options,
                                  size_t chunk = SIZE_MAX) {
  return RowReader::Open(std::make_unique<MemorySource>(bytes, chunk), options);
}

template <typename Rows>  // RowReader or a RowSource
std::vector<TableRow> ReadRows(Rows& source) {
  std::vector<TableRow> rows;
  TableRow row;
  while (true) {
    const Result<bool> is_there = source.Next(row);
    EXPECT_TRUE(is_there) << is_there.error().message;
    if (!is_there || !*is_there) return rows;
    rows.push_back(row);
  }
}

inline std::vector<TableRow> ReadText(std::string_view bytes, const TableOptions& options,
                                      size_t chunk = SIZE_MAX) {
  Result<RowReader> reader = OpenText(bytes, options, chunk);
  EXPECT_TRUE(reader) << reader.error().message;
  return reader ? ReadRows(*reader) : std::vector<TableRow>();
}

// Everything that a caller can see of a row, for comparing.
inline std::string Seen(const TableRow& row) {
  std::string seen = std::to_string(row.position.offset) + ":" + std::to_string(row.position.line) +
                     ":" + std::to_string(row.position.row) + " " + RowFaultName(row.fault) + " " +
                     row.message + " raw=" + row.raw;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    seen += " [" + row.cells[i] + "]" + std::to_string(static_cast<int>(row.kinds.at(i)));
  }
  for (const std::string& key : row.other_keys) seen += " +" + key;
  return seen;
}

inline std::vector<std::string> Seen(const std::vector<TableRow>& rows) {
  std::vector<std::string> seen;
  for (const TableRow& row : rows) seen.push_back(Seen(row));
  return seen;
}

// The same text in another encoding.
inline std::string Encoded(std::string_view utf8, TextEncoding encoding) {
  std::string out;
  EXPECT_TRUE(Transcoder::FromUtf8(encoding)->Append(utf8, out));
  return out;
}

}  // namespace yixin
