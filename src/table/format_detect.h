// Which format a table has: by its name, or by what its first bytes look like.
// Tested by: format_detect_test.cc
#pragma once

#include <optional>
#include <string_view>

#include "table/table_shape.h"
#include "yixin/result.h"

namespace yixin {

// .csv, .tsv, .tab, .jsonl, .ndjson in any case; nothing for other names.
std::optional<TableFormat> FormatOfName(std::string_view name);

// Errors: kInvalidFile, with what to do, for bytes that begin as gzip, zip (Excel), Parquet, SQLite
// or PDF files do.
Status CheckIsText(std::string_view bytes);

// In: a file's first bytes as UTF-8. JSONL if one of the first lines is an object; CSV if the rows
// agree on more than one column; else plain lines.
// Errors: kUnsupported for a JSON array.
Result<TableFormat> FormatOfContent(std::string_view text, bool is_whole);

}  // namespace yixin
