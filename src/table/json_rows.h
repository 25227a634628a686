// JSONL: an object a line, blank lines between them allowed. Fields become the cells of the table's
// columns; the object's own text is kept, so that it can be written again as it was.
// Tested by: json_rows_test.cc
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "table/row_source.h"
#include "table/text_lines.h"

namespace yixin {

struct JsonRowsOptions {
  std::vector<std::string> columns;  // each once
  int max_depth = 64;
  size_t max_row_bytes = size_t{16} << 20;
};

class JsonRows : public RowSource {
 public:
  JsonRows(TextLines lines, const JsonRowsOptions& options);

  Result<bool> Next(TableRow& row) override;
  RowPosition position() const override { return {lines_.offset(), lines_.number(), rows_, 0}; }
  Status SkipTo(const RowPosition& position) override;

 private:
  TextLines lines_;
  std::unordered_map<std::string, size_t> columns_;  // name -> index
  int max_depth_;
  size_t max_row_bytes_;
  TextLine line_;
  uint64_t rows_ = 0;
};

}  // namespace yixin
