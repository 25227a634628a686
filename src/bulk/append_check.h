// Whether rows may go behind those that a file has: they must have the same columns, or the file
// would be of two kinds. Tested by: append_check_test.cc
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "table/table_shape.h"
#include "yixin/result.h"

namespace yixin {

// In: `header`, what a writer of these rows begins a file with (none for JSONL); `tasks`, the names
// under which results stand. A file that is empty or not there is fine.
// Errors: kInvalidArgument where the file begins with another header (columns, delimiter,
// encoding), where its last row is not whole, or where a JSONL file's first row lacks a task's
// results; kIo.
Status CheckAppendable(const std::string& path, TableFormat format, std::string_view header,
                       std::span<const std::string> tasks);

}  // namespace yixin
