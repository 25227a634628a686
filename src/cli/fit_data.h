// The labelled rows that `yixin fit` reads. Tested by: tests/e2e/fit_test.py
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/data_columns.h"
#include "fit/labelled_rows.h"
#include "table/row_reader.h"
#include "yixin/stop_flag.h"

namespace yixin {

struct FitData {
  std::vector<LabelledRow> rows;
  std::string input;  // what it is, for a person
  uint64_t bad = 0;   // rows that cannot be read
  std::string first_fault;
};

// Errors: those of the input and of the columns; kInvalidFile for more than 200,000 rows or 256 MB.
Result<FitData> ReadFitData(const std::string& path, const TableOptions& options,
                            const DataColumns& columns, const StopFlag* stop);

// Adds the rows of another file.
void Append(FitData&& more, FitData& data);

}  // namespace yixin
