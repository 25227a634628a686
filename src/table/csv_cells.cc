// Tested by: csv_rows_test.cc
#include "table/csv_cells.h"

#include <algorithm>

#include "table/row_source.h"

namespace yixin {

void CsvCells::Begin(std::vector<std::string>& cells) {
  cells_ = &cells;
  count_ = 0;
  in_quotes_ = false;
}

// A vector of strings that is filled again and again keeps their memory.
std::string& CsvCells::NewCell() {
  if (count_ == cells_->size()) cells_->emplace_back();
  std::string& cell = (*cells_)[count_++];
  cell.clear();
  return cell;
}

CsvCells::State CsvCells::Feed(std::string_view line, size_t length) {
  const std::string_view content = line.substr(0, length);
  const char quote = dialect_.quote;
  size_t i = 0;
  while (true) {
    if (!in_quotes_) {
      if (count_ == kMaxCells) return State::kTooMany;
      std::string& cell = NewCell();
      const size_t text = std::min(content.find_first_not_of(' ', i), length);
      if (quote != '\0' && text < length && content[text] == quote) {
        in_quotes_ = true;
        i = text + 1;
      } else {
        const size_t end =
            dialect_.delimiter == '\0' ? length : content.find(dialect_.delimiter, i);
        cell.assign(content.substr(i, end - i));
        if (end >= length) return State::kComplete;
        i = end + 1;
        continue;
      }
    }
    std::string& cell = (*cells_)[count_ - 1];
    const size_t closing = content.find(quote, i);
    if (closing == std::string_view::npos) {
      cell.append(line.substr(i));
      return State::kInQuotes;
    }
    cell.append(line.substr(i, closing - i));
    i = closing + 1;
    if (i < length && content[i] == quote) {
      cell += quote;
      ++i;
      continue;
    }
    in_quotes_ = false;
    i = std::min(content.find_first_not_of(' ', i), length);
    if (i == length) return State::kComplete;
    if (content[i] != dialect_.delimiter || dialect_.delimiter == '\0') {
      return State::kTextAfterQuote;
    }
    ++i;
  }
}

}  // namespace yixin
