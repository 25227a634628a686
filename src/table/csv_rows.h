// CSV rows out of lines, with recovery: one stray quote costs its own row and no other.
//
// A quote that opens and never closes would make one cell of the rest of the file. So the lines of
// a row are held until it is complete. Where it cannot be completed (text after a closing quote,
// the end of the input, the limit), its first line alone is the bad row, and reading goes on at the
// line after it. The lines that were passed in vain are then read singly, a line break in a cell
// being a fault, so that no file makes the reader pass a line more than a few times.
// Tested by: csv_rows_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "table/csv_cells.h"
#include "table/row_source.h"
#include "table/text_lines.h"

namespace yixin {

// Blank lines between rows are no rows. How many cells a row has is not looked at.
class CsvRows : public RowSource {
 public:
  CsvRows(TextLines lines, const CsvDialect& dialect, size_t max_row_bytes)
      : lines_(std::move(lines)), cells_(dialect), max_row_bytes_(max_row_bytes) {}

  Result<bool> Next(TableRow& row) override;
  RowPosition position() const override;
  Status SkipTo(const RowPosition& position) override;

  // A quote was open at the end of the input: in a sample that was cut, no fault of the row.
  bool ended_in_quotes() const { return ended_in_quotes_; }

 private:
  Result<bool> Hold(size_t i);  // makes sure that held_[i] is there; false at the end
  Result<CsvCells::State> Assemble(TableRow& row, size_t& lines);
  void FailFirstLine(TableRow& row, CsvCells::State state, uint64_t until);
  void Drop(size_t lines);

  TextLines lines_;
  CsvCells cells_;
  size_t max_row_bytes_;
  std::deque<TextLine> held_;  // from the next row's first line on
  uint64_t rows_ = 0;
  uint64_t singly_before_ = 0;
  bool ended_in_quotes_ = false;
};

}  // namespace yixin
