// Tested by: csv_rows_test.cc, json_rows_test.cc
#include "table/row.h"

#include <utility>

namespace yixin {

void TableRow::Clear() {
  fault = RowFault::kNone;
  message.clear();
  cells.clear();
  kinds.clear();
  raw.clear();
  other_keys.clear();
}

void TableRow::Fail(RowFault why, std::string words) {
  fault = why;
  message = "line " + std::to_string(position.line) + ": " + std::move(words);
}

void TableRow::FailTooLong(size_t max_bytes) {
  Fail(RowFault::kTooLong,
       "the line is longer than the limit of " + std::to_string(max_bytes) + " bytes");
}

void TableRow::FailInvalidBytes() {
  Fail(RowFault::kInvalidBytes, "bytes that are not valid in the file's encoding");
}

}  // namespace yixin
