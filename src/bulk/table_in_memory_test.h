// Tables in memory and rows of them, for this room's tests. Not part of the program.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "table/row_reader.h"

namespace yixin {

// In: `text` outlives the reader.
inline RowReader OpenTable(std::string_view text, const TableOptions& options = {}) {
  auto reader = RowReader::Open(std::make_unique<MemorySource>(text), options);
  EXPECT_TRUE(reader) << reader.error().message;
  return *std::move(reader);
}

inline std::vector<TableRow> AllRows(RowReader& reader) {
  std::vector<TableRow> rows;
  TableRow row;
  while (*reader.Next(row)) rows.push_back(row);
  return rows;
}

}  // namespace yixin
