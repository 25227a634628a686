// Delimiter, quoting and header of a CSV text, found from its first rows.
// Tested by: csv_detect_test.cc
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "table/csv_cells.h"
#include "yixin/result.h"

namespace yixin {

// What a caller has said already.
struct CsvGiven {
  std::optional<char> delimiter;
  std::optional<char> quote;
};

struct FoundDialect {
  CsvDialect dialect;
  size_t columns = 0;                          // cells of most rows; 0 when no row can be read
  double agreement = 0;                        // how many of the rows have so many: 0 to 1
  std::vector<std::vector<std::string>> rows;  // those that can be read
};

// In: a file's first bytes as UTF-8; `is_whole`: nothing follows them. Of comma, tab, semicolon and
// bar, with quotes and without, the one with which most rows have the same number of cells, the
// first row among them, and more than one; with none such, every line is one cell.
Result<FoundDialect> DetectCsv(std::string_view text, bool is_whole, const CsvGiven& given);

struct FoundHeader {
  bool is_header = false;
  std::string why;  // for a person
};

// Whether the first row names the columns. It does if a cell is a usual name (text, label, 评论),
// or if words stand above numbers or above values that repeat, or if it reads like names in a
// program; not if a cell is a number or comes again below. With nothing to tell by it is a row: a
// header taken for a row is seen in the results, a row taken for a header is lost.
FoundHeader DetectHeader(const std::vector<std::vector<std::string>>& rows);

}  // namespace yixin
