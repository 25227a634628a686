// The rows of a finished output, read back: texts and what came of them, for what is made of an
// output afterwards. Memory is a row. Tested by: result_reader_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bulk/result_fields.h"
#include "table/row_reader.h"
#include "table/row_writer.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

// An output as it was written.
struct ResultTable {
  std::string path;
  RowWriterOptions writing;
  std::string text_column;
  std::vector<BulkTask> tasks;
};

struct ResultRow {
  uint64_t line = 0;  // of the output
  std::string text;
  // The input's other columns in their order: names, and values as JSON.
  std::vector<std::pair<std::string, std::string>> others;
  std::vector<TaskOutcome> outcomes;  // [tasks]; probs, margin and label_mass with 6 decimals
};

// Threads: one.
class ResultReader {
 public:
  // Errors: those of FileSource and RowReader; kInvalidFile for a CSV file without these columns.
  static Result<ResultReader> Open(const ResultTable& table, const StopFlag* stop);

  // False at the end. A row that cannot be read has the fault as its outcomes' error.
  // Errors: the source's.
  Result<bool> Next(ResultRow& row);

 private:
  struct TaskColumns {
    size_t label = 0;
    std::vector<size_t> probs;
    std::optional<size_t> margin;
    std::optional<size_t> label_mass;
    size_t error = 0;
    size_t message = 0;
  };

  ResultReader(const ResultTable& table, RowReader reader)
      : table_(table), reader_(std::move(reader)) {}
  Status FindCsvColumns();
  void TakeCsv(ResultRow& row) const;
  Status TakeJson(ResultRow& row) const;

  ResultTable table_;
  RowReader reader_;
  TableRow read_;
  size_t text_column_ = 0;
  std::vector<size_t> other_columns_;
  std::vector<TaskColumns> task_columns_;
};

}  // namespace yixin
