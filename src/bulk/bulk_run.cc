// Tested by: bulk_run_test.cc, tests/e2e/analyze_test.py
#include "bulk/bulk_run.h"

#include <chrono>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "bulk/bounded_queue.h"

namespace yixin {
namespace {

using Clock = std::chrono::steady_clock;
using BatchQueue = BoundedQueue<BulkBatch>;

// Batches that wait on either side of the engine. More gains nothing: reading and writing take a
// hundredth of its time.
constexpr size_t kQueued = 2;

// A thread's entry: nothing leaves it but an error.
template <typename F>
Status Guarded(F&& function) {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kOutOfMemory, "not enough memory for the rows", "memory"};
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, std::string("unexpected: ") + error.what(), ""};
  }
}

Status ReadBatches(BatchReader& reader, BatchQueue& queue) {
  bool more = true;
  while (more) {
    BulkBatch batch = reader.Next();
    more = !batch.is_last;
    more = queue.Push(std::move(batch)) && more;
  }
  return {};
}

class Writing {
 public:
  Writing(RowWriter& writer, RowSink& sink, const BulkRunOptions& options)
      : writer_(writer), sink_(sink), options_(options) {}

  // Until the queue is closed, or something fails. The last batch's failure is the caller's matter.
  Status Run(BatchQueue& queue) {
    if (options_.writes_header) {
      writer_.AppendHeader(bytes_);
      YIXIN_CHECK_OK(Flush());
    }
    while (std::optional<BulkBatch> batch = queue.Pop()) {
      for (size_t i = 0; i < batch->rows.size(); ++i) {
        YIXIN_CHECK_OK(AppendRow(batch->rows[i], batch->values[i]));
      }
      YIXIN_CHECK_OK(Flush());
      next_ = batch->after;
      counts_ = std::move(batch->counts);
      const auto now = Clock::now();
      if (now - last_ >= std::chrono::milliseconds(options_.checkpoint_every_ms)) {
        YIXIN_CHECK_OK(sink_.Checkpoint(*next_, counts_));
        last_ = now;
      }
    }
    return next_ ? sink_.Checkpoint(*next_, counts_) : Status();
  }

 private:
  // A row with a key where the results stand was failed for it; that key cannot be written.
  Status AppendRow(TableRow& row, const std::vector<FieldValue>& values) {
    const size_t size = bytes_.size();
    Status appended = writer_.AppendRow(row, values, bytes_);
    if (appended || appended.error().code != ErrorCode::kInvalidFile) return appended;
    bytes_.resize(size);
    row.raw.clear();
    row.other_keys.clear();
    return writer_.AppendRow(row, values, bytes_);
  }

  Status Flush() {
    YIXIN_CHECK_OK(sink_.Append(bytes_));
    bytes_.clear();
    return {};
  }

  RowWriter& writer_;
  RowSink& sink_;
  const BulkRunOptions& options_;
  std::string bytes_;
  std::optional<RowPosition> next_;  // behind what was appended
  BulkCounts counts_;
  Clock::time_point last_ = Clock::now();
};

}  // namespace

Status RunBulk(BatchReader& reader, RowScorer& scorer, RowWriter& writer, RowSink& sink,
               const BulkRunOptions& options) {
  BatchQueue read(kQueued);
  BatchQueue scored(kQueued);
  Status was_read;
  Status written;
  std::thread reading([&] {
    was_read = Guarded([&] { return ReadBatches(reader, read); });
    read.Close();
  });
  std::thread writing([&] {
    written = Guarded([&] { return Writing(writer, sink, options).Run(scored); });
    scored.Close();
  });
  std::optional<Error> failure;
  Status computed = Guarded([&]() -> Status {
    bool more = true;
    while (more) {
      std::optional<BulkBatch> batch = read.Pop();
      if (!batch) break;
      scorer.Score(*batch);
      more = !batch->is_last && !batch->failure;
      failure = batch->failure;
      if (more && options.stop != nullptr && options.stop->requested()) {
        failure = Error{ErrorCode::kCancelled, "stopped on request", ""};
        more = false;
      }
      if (options.progress) {
        options.progress({scorer.counts(), batch->after.offset, scorer.samples()});
      }
      if (!scored.Push(*std::move(batch))) break;
    }
    return {};
  });
  read.Close();
  if (options.halt) options.halt();
  scored.Close();
  reading.join();
  writing.join();
  if (!written) return written;
  if (!computed) return computed;
  if (failure) return *std::move(failure);
  return was_read;
}

}  // namespace yixin
