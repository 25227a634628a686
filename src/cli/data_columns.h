// Which columns of a file of labelled rows hold what: for `yixin fit`, `yixin eval` and
// `yixin task new`.
// Tested by: tests/e2e/fit_test.py, tests/e2e/eval_test.py
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "cli/analyze_flags.h"
#include "table/row.h"
#include "table/row_reader.h"
#include "yixin/result.h"

namespace yixin {

struct DataColumns {
  std::string text;   // empty: found
  std::string label;  // empty: "label"
  std::string split_column = "split";
  std::string split;  // empty: all rows
  std::string group;  // empty: none
};

struct ColumnPlaces {
  size_t text = 0;
  size_t label = 0;
  std::optional<size_t> split;
  std::optional<size_t> group;
};

constexpr size_t kPeekRows = 200;
constexpr size_t kPeekBytes = size_t{1} << 20;

// The flags that name the columns, and those that say how the file is to be read.
void AddDataFlags(Arguments& arguments, DataColumns* columns, AnalyzeFlags* input);
// Without the texts' column, for a verb that wants the labels only.
void AddLabelFlags(Arguments& arguments, DataColumns* columns, AnalyzeFlags* input);

// In: the table's first rows. Errors: those of ChooseTextColumn; kNotFound for a column that is not
// there; kInvalidArgument where texts and labels would be the same column.
Result<ColumnPlaces> FindDataColumns(const RowReader& reader, const DataColumns& columns,
                                     std::span<const TableRow> first);

}  // namespace yixin
