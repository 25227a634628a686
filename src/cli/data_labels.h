// The labels that a file of rows has, for `yixin task new --from`.
// Tested by: data_labels_test.cc, tests/e2e/task_test.py
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/data_columns.h"
#include "table/row_reader.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

// As RowRules::most_labels: a task with more cannot be taught.
inline constexpr size_t kMostDataLabels = 100;
// A label is a word or two; a longer cell is a text.
inline constexpr size_t kMostDataLabelBytes = 200;

struct DataLabel {
  std::string name;
  uint64_t rows = 0;
};

struct DataLabels {
  std::vector<DataLabel> labels;  // most rows first; of equals the one that came first
  uint64_t unlabelled = 0;        // rows with an empty label, left out
  uint64_t bad = 0;               // rows that cannot be read, left out
  std::string first_fault;        // of the first of those
};

// In: a path, or "-"; of `columns` the label's and the split's. White space around a label does not
// count. Errors: those of the input; kNotFound for a column; kInvalidFile for fewer than two
// labels, more than kMostDataLabels, or a longer one: with the line. Cost: reads all rows; memory
// for the labels only.
Result<DataLabels> ReadDataLabels(const std::string& path, const TableOptions& options,
                                  const DataColumns& columns, const StopFlag* stop);

// "正面 620, 负面 380": for people.
std::string Describe(const DataLabels& data);

}  // namespace yixin
