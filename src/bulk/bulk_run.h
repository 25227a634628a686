// A run: a thread reads and one writes while the caller's computes, with a few batches between
// them, so that the engine never waits for a disk and memory stays flat. Rows stay in the input's
// order. Tested by: bulk_run_test.cc, tests/e2e/analyze_test.py
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "bulk/batch_reader.h"
#include "bulk/bulk_counts.h"
#include "bulk/row_scorer.h"
#include "bulk/row_sink.h"
#include "table/row_writer.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

// What a caller may show. Called in the caller's thread, after each batch was computed.
struct BulkProgress {
  const BulkCounts& counts;
  uint64_t input_offset = 0;  // bytes of the input that are done
  const std::vector<ScoredSample>& samples;
};

struct BulkRunOptions {
  bool writes_header = true;                          // not when an earlier run is gone on with
  int checkpoint_every_ms = 1000;                     // what a kill costs; an fsync each
  std::function<void(const BulkProgress&)> progress;  // may be empty
  std::function<void()> halt;                         // ends a wait of the reader's source
  const StopFlag* stop = nullptr;
};

// Writes all rows that the reader has, then makes a checkpoint. After an error, too: the rows
// before it are in the sink, and a later run goes on behind them. Errors: kCancelled; those of the
// reader, of the classifier, of the sink; with fail_fast that of the first bad row.
Status RunBulk(BatchReader& reader, RowScorer& scorer, RowWriter& writer, RowSink& sink,
               const BulkRunOptions& options);

}  // namespace yixin
