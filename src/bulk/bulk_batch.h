// Some rows on their way from the reader through the engine to the writer.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bulk/bulk_counts.h"
#include "table/row.h"
#include "table/row_writer.h"
#include "yixin/result.h"

namespace yixin {

struct BulkBatch {
  std::vector<TableRow> rows;
  std::vector<std::vector<FieldValue>> values;  // [rows], after scoring
  RowPosition after;                            // where a later run goes on behind these rows
  BulkCounts counts;                            // of the run, these rows included; after scoring
  // What ended the run behind these rows. The rows before it are good and are written.
  std::optional<Error> failure;
  bool is_last = false;
};

}  // namespace yixin
