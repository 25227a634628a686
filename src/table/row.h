// One row of a table: its place in the source, its cells, and what was wrong with it.
// Tested by: csv_rows_test.cc, json_rows_test.cc
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace yixin {

// A bad row is a row with one of these, never the end of the reading.
enum class RowFault : uint8_t {
  kNone,
  kInvalidBytes,
  kTooLong,
  kOpenQuote,
  kTextAfterQuote,
  kCellCount,
  kTooManyCells,
  kNotJson,
  kNotAnObject,
  kTooDeep,
  kDuplicateKey,
};

// As rows of results and tests name it.
constexpr std::array<const char*, 11> kRowFaultNames = {"",
                                                        "invalid_bytes",
                                                        "too_long",
                                                        "open_quote",
                                                        "text_after_quote",
                                                        "cell_count",
                                                        "too_many_cells",
                                                        "not_json",
                                                        "not_an_object",
                                                        "too_deep",
                                                        "duplicate_key"};
static_assert(kRowFaultNames.size() == static_cast<size_t>(RowFault::kDuplicateKey) + 1);
constexpr const char* RowFaultName(RowFault fault) {
  return kRowFaultNames[static_cast<size_t>(fault)];
}

enum class CellKind : uint8_t {
  kText,    // CSV and plain lines have no other
  kAbsent,  // the object has no such key
  kNull,
  kScalar,  // a number, true or false, as JSON writes it
  kNested,  // an array or an object, as JSON without white space
};

// Where a reader stands: what a later run needs to go on with the same rows.
struct RowPosition {
  uint64_t offset = 0;         // in the source, of the next row's first byte
  uint64_t line = 1;           // of that byte, from 1
  uint64_t row = 0;            // its number, from 0; rows with a fault count
  uint64_t singly_before = 0;  // CSV: lines before this one are rows by themselves (csv_rows.h)
};

struct TableRow {
  RowPosition position;  // of this row
  RowFault fault = RowFault::kNone;
  std::string message;  // with a fault: what, and in which line
  // UTF-8, in the order of the reader's columns, as many as those unless there is a fault. Null and
  // absent cells are empty.
  std::vector<std::string> cells;
  std::vector<CellKind> kinds;  // one a cell
  // JSONL: the object as the input has it, without white space around. With a fault: the line, or
  // the first of several; empty where it was too long to be held.
  std::string raw;
  std::vector<std::string> other_keys;  // JSONL: those that are no column

  // For reading into it again: empty, with the memory that it has.
  void Clear();
  void Fail(RowFault why, std::string words);  // "line N: words"
  void FailTooLong(size_t max_bytes);
  void FailInvalidBytes();
};

}  // namespace yixin
