// Tested by: csv_rows_test.cc
#include "table/csv_rows.h"

#include <algorithm>
#include <utility>

namespace yixin {
namespace {

// What a held line costs beside its text: many short lines count as memory too.
constexpr size_t kLineBytes = sizeof(TextLine);

}  // namespace

Result<bool> CsvRows::Hold(size_t i) {
  while (held_.size() <= i) {
    TextLine line;
    YIXIN_TRY(const bool is_there, lines_.Next(line));
    if (!is_there) return false;
    held_.push_back(std::move(line));
  }
  return true;
}

void CsvRows::Drop(size_t lines) {
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(lines));
}

RowPosition CsvRows::position() const {
  if (held_.empty()) return {lines_.offset(), lines_.number(), rows_, singly_before_};
  return {held_[0].offset, held_[0].number, rows_, singly_before_};
}

Status CsvRows::SkipTo(const RowPosition& position) {
  while (!held_.empty() && held_[0].offset < position.offset) held_.pop_front();
  if (held_.empty()) YIXIN_CHECK_OK(lines_.SkipTo(position.offset, position.line));
  rows_ = position.row;
  singly_before_ = position.singly_before;
  return {};
}

// Feeds lines until the row is complete or cannot be. Out: `lines`, those that were fed.
Result<CsvCells::State> CsvRows::Assemble(TableRow& row, size_t& lines) {
  cells_.Begin(row.cells);
  size_t bytes = 0;
  for (lines = 0;;) {
    const TextLine& line = held_[lines++];
    if (!line.has_valid) row.fault = RowFault::kInvalidBytes;
    const CsvCells::State state = cells_.Feed(line.text, line.length);
    if (state != CsvCells::State::kInQuotes || line.number < singly_before_) return state;
    bytes += line.text.size() + kLineBytes;
    if (bytes > max_row_bytes_) return state;
    YIXIN_TRY(const bool is_there, Hold(lines));
    if (!is_there) ended_in_quotes_ = true;
    if (!is_there || held_[lines].is_too_long) return state;
  }
}

void CsvRows::FailFirstLine(TableRow& row, CsvCells::State state, uint64_t until) {
  row.cells.clear();
  row.raw = held_[0].content();
  const uint64_t first = held_[0].number;
  const std::string span =
      until > first + 1 ? " (looked for to line " + std::to_string(until - 1) + ")" : "";
  switch (state) {
    case CsvCells::State::kInQuotes:
      row.Fail(RowFault::kOpenQuote, "a quote opens in cell " + std::to_string(cells_.count()) +
                                         " and nothing closes it" + span);
      break;
    case CsvCells::State::kTooMany:
      row.Fail(RowFault::kTooManyCells,
               "more than " + std::to_string(kMaxCells) + " cells; is the delimiter right?");
      break;
    default:
      row.Fail(RowFault::kTextAfterQuote,
               "text after the closing quote of cell " + std::to_string(cells_.count()) +
                   (until > first ? " in line " + std::to_string(until) : "") +
                   "; a quote inside a quoted cell is written twice");
  }
}

Result<bool> CsvRows::Next(TableRow& row) {
  while (true) {
    YIXIN_TRY(const bool is_there, Hold(0));
    if (!is_there) return false;
    if (held_[0].is_too_long || !held_[0].content().empty()) break;
    Drop(1);
  }
  // Not Clear: the cells' memory is used again.
  row.fault = RowFault::kNone;
  row.message.clear();
  row.raw.clear();
  row.other_keys.clear();
  row.position = position();
  ++rows_;
  if (held_[0].is_too_long) {
    row.cells.clear();
    row.kinds.clear();
    row.FailTooLong(max_row_bytes_);
    Drop(1);
    return true;
  }

  size_t lines = 0;
  YIXIN_TRY(const CsvCells::State state, Assemble(row, lines));
  if (state == CsvCells::State::kComplete) {
    row.cells.resize(cells_.count());
    if (row.fault != RowFault::kNone) {
      row.FailInvalidBytes();
    }
    Drop(lines);
  } else {
    // The line of a text after a quote may begin a row of its own; an open quote leaves none out.
    const bool is_open = state == CsvCells::State::kInQuotes;
    const uint64_t until = held_[lines - 1].number + (is_open ? 1 : 0);
    FailFirstLine(row, state, until);
    singly_before_ = std::max(singly_before_, until);
    Drop(1);
  }
  row.kinds.assign(row.cells.size(), CellKind::kText);
  return true;
}

}  // namespace yixin
