// The rows that a run takes, in batches: from a place on, some of them, up to a limit.
// Tested by: batch_reader_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "bulk/bulk_batch.h"
#include "table/row_reader.h"
#include "yixin/result.h"

namespace yixin {

struct BatchReaderOptions {
  // A few hundred texts keep the kernels busy; half a megabyte keeps long ones from piling up.
  size_t max_rows = 256;
  size_t max_bytes = size_t{512} << 10;  // a batch ends with the row that reaches it
  std::optional<uint64_t> limit;         // only rows with a lower number
};

// Threads: one.
class BatchReader {
 public:
  // The reader must outlive it and stands at its first row.
  BatchReader(RowReader& reader, const BatchReaderOptions& options);

  // The table's first rows, which Next gives again. In: before SkipTo and Next.
  // Errors: the reader's.
  Result<std::span<const TableRow>> Peek(size_t rows, size_t bytes);
  // Only the rows with these numbers, ascending.
  void Select(std::vector<uint64_t> rows) { selection_ = std::move(rows); }
  // Errors: as RowReader::SkipTo.
  Status SkipTo(const RowPosition& position);
  // The rows are none only in the last batch. What ends the reading is the last batch's failure.
  BulkBatch Next();

 private:
  Result<bool> NextRow(TableRow& row);
  bool IsPast(uint64_t row) const;
  bool Wants(uint64_t row);

  RowReader& reader_;
  BatchReaderOptions options_;
  std::vector<TableRow> peeked_;
  size_t given_ = 0;  // of peeked_
  std::optional<std::vector<uint64_t>> selection_;
  size_t selected_ = 0;  // of the selection
  RowPosition position_;
};

}  // namespace yixin
