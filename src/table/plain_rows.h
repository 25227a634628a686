// A row a line, of one cell. A blank line is a row with an empty cell, so that rows and lines
// agree. Tested by: plain_rows_test.cc
#pragma once

#include <utility>

#include "table/row_source.h"
#include "table/text_lines.h"

namespace yixin {

class PlainRows : public RowSource {
 public:
  PlainRows(TextLines lines, size_t max_row_bytes)
      : lines_(std::move(lines)), max_row_bytes_(max_row_bytes) {}

  Result<bool> Next(TableRow& row) override;
  RowPosition position() const override { return {lines_.offset(), lines_.number(), rows_, 0}; }
  Status SkipTo(const RowPosition& position) override;

 private:
  TextLines lines_;
  size_t max_row_bytes_;
  TextLine line_;
  uint64_t rows_ = 0;
};

}  // namespace yixin
