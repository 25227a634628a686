// Rows of one format out of lines. The formats are csv_rows.h, json_rows.h and plain_rows.h.
// Tested by: csv_rows_test.cc, json_rows_test.cc
#pragma once

#include <cstddef>

#include "table/row.h"
#include "yixin/result.h"

namespace yixin {

// More columns than Excel has (16,384) are no table, but an attack on memory.
constexpr size_t kMaxCells = 16384;

class RowSource {
 public:
  virtual ~RowSource() = default;
  // False at the end. A bad row is a row with a fault. Errors: the byte source's.
  virtual Result<bool> Next(TableRow& row) = 0;
  virtual RowPosition position() const = 0;  // of the next row
  // Errors: as TextLines::SkipTo.
  virtual Status SkipTo(const RowPosition& position) = 0;
};

}  // namespace yixin
