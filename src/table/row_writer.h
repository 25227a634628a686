// Rows written as CSV or JSONL: the input's own columns as they came, and results after them under
// names of their own. The same rows and options give the same bytes.
//
// A result has a path. {"sentiment.zh", "probs", "正面"} is the CSV column sentiment.zh.probs.正面,
// and in JSONL {..., "sentiment.zh":{"probs":{"正面":...}}}.
//
// It writes into memory; files, locks and the disk are the caller's.
// Tested by: row_writer_test.cc
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "table/row.h"
#include "table/table_shape.h"
#include "yixin/result.h"

namespace yixin {

using FieldPath = std::vector<std::string>;

// A double has 6 decimals: what a probability is worth, and the same in every run. Without a value
// (and for NaN) a CSV cell is empty and a JSON field is left out.
using FieldValue = std::variant<std::monostate, std::string, double, int64_t, bool>;

struct RowWriterOptions {
  TableFormat format = TableFormat::kCsv;  // CSV or JSONL
  std::vector<std::string> columns;        // of the input, as RowReader's shape has them
  std::vector<FieldPath> added;            // in this order; paths that begin alike side by side
  char delimiter = ',';                    // CSV
  // CSV: UTF-8 or GB18030. JSONL is always UTF-8 (RFC 8259).
  TextEncoding encoding = TextEncoding::kUtf8;
  bool byte_order_mark = true;  // CSV in UTF-8: without one Excel reads it as the system's encoding
  // CSV: a cell that a spreadsheet would run (= + - @ tab CR; OWASP, "CSV Injection") gets a '
  // before it. Plain numbers are left alone.
  bool escape_formulas = true;
};

class RowWriter {
 public:
  // Errors: kInvalidArgument for an added field that is there twice, or that the input has already;
  // kUnsupported for an encoding that the format or this system does not have.
  static Result<std::unique_ptr<RowWriter>> Create(const RowWriterOptions& options);
  virtual ~RowWriter() = default;

  // What a file begins with: mark and header for CSV, nothing for JSONL.
  virtual void AppendHeader(std::string& out) = 0;
  // One row and its line break. In: a value for each of `added`. A row with a fault is written too:
  // CSV has as many of its cells as there are columns, JSONL the added fields alone unless it has
  // all of its cells. The keys of JSONL that are no column go to JSONL only.
  // Errors: kInvalidFile when the row has an added field's key already.
  virtual Status AppendRow(const TableRow& row, std::span<const FieldValue> added,
                           std::string& out) = 0;
};

}  // namespace yixin
