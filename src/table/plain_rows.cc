// Tested by: plain_rows_test.cc
#include "table/plain_rows.h"

namespace yixin {

Result<bool> PlainRows::Next(TableRow& row) {
  const RowPosition here = position();
  YIXIN_TRY(const bool is_there, lines_.Next(line_));
  if (!is_there) return false;
  row.Clear();
  row.position = here;
  ++rows_;
  if (line_.is_too_long) {
    row.FailTooLong(max_row_bytes_);
    return true;
  }
  row.cells.emplace_back(line_.content());
  row.kinds.push_back(CellKind::kText);
  if (!line_.has_valid) {
    row.FailInvalidBytes();
    row.raw = line_.content();
  }
  return true;
}

Status PlainRows::SkipTo(const RowPosition& position) {
  rows_ = position.row;
  return lines_.SkipTo(position.offset, position.line);
}

}  // namespace yixin
