// The cells of one CSV row, fed a line at a time: RFC 4180, with any delimiter. More lenient than
// the standard in two places, as Excel and Python are: a quote inside an unquoted cell is text, and
// spaces around a quoted cell are none of it.
// Tested by: csv_rows_test.cc
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace yixin {

struct CsvDialect {
  char delimiter = ',';  // '\0': every line is one cell
  char quote = '"';      // '\0': quotes are text
  bool operator==(const CsvDialect&) const = default;
};

class CsvCells {
 public:
  enum class State { kComplete, kInQuotes, kTextAfterQuote, kTooMany };

  explicit CsvCells(const CsvDialect& dialect) : dialect_(dialect) {}

  // Begins a row. Its cells go to `cells`, which must outlive it.
  void Begin(std::vector<std::string>& cells);
  // line: with its line break, which belongs to a cell that is open; length: without it.
  State Feed(std::string_view line, size_t length);
  size_t count() const { return count_; }

 private:
  std::string& NewCell();

  CsvDialect dialect_;
  std::vector<std::string>* cells_ = nullptr;
  size_t count_ = 0;
  bool in_quotes_ = false;
};

}  // namespace yixin
