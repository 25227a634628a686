// Where a run's bytes go.
#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "bulk/bulk_counts.h"
#include "table/row.h"
#include "yixin/result.h"

namespace yixin {

// Threads: one at a time.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual Status Append(std::string_view bytes) = 0;
  // Everything that was appended is to stay: a later run goes on behind it. In: the place of the
  // next row, and what was counted up to it.
  virtual Status Checkpoint(const RowPosition& next, const BulkCounts& counts) = 0;
};

// A pipe or a terminal: what is written is written.
class StreamSink : public RowSink {
 public:
  explicit StreamSink(std::function<Status(std::string_view)> write) : write_(std::move(write)) {}
  Status Append(std::string_view bytes) override { return write_(bytes); }
  Status Checkpoint(const RowPosition&, const BulkCounts&) override { return {}; }

 private:
  std::function<Status(std::string_view)> write_;
};

}  // namespace yixin
