// Which column holds the texts: the one that is named so, or the only one that holds text; where
// that is not plain, an error that lists the columns, never a guess.
// Tested by: column_choice_test.cc
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "table/row.h"
#include "table/row_reader.h"
#include "yixin/result.h"

namespace yixin {

struct ColumnChoice {
  size_t column = 0;
  std::string why;  // for a person: "given", "by name", "the only one with text", "the only column"
};

// In: `given`, the name that the caller wants, or nothing; `rows`, the table's first ones.
// Errors: kNotFound for a given name; kInvalidArgument where several columns or none will do. Both
// list the columns. kInvalidFile where no row can be read, with the first one's fault.
Result<ColumnChoice> ChooseTextColumn(const RowReader& reader, std::string_view given,
                                      std::span<const TableRow> rows);

}  // namespace yixin
