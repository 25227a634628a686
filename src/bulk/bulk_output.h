// OUT, which is there whole or not at all. Rows go to OUT.yixin-part, under a lock, and
// OUT.yixin-part.json is its manifest. About once a second the rows are made durable (fsync) and
// then the manifest replaced by rename, so that it never speaks of bytes that could be lost: a run
// that ends at any moment, by kill -9 or a power failure, is gone on with from the last manifest,
// the bytes behind it cut off. At the end OUT.yixin-part is renamed. Tested by:
// bulk_output_test.cc, tests/e2e/analyze_test.py
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bulk/bulk_manifest.h"
#include "bulk/content_hash.h"
#include "bulk/row_sink.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

enum class OutputStart {
  kNew,      // an unfinished run that is there is an error
  kResume,   // goes on with it; without one begins anew
  kRestart,  // throws it away
};

class BulkOutput : public RowSink {
 public:
  // Takes the lock; changes nothing but for making OUT.yixin-part. A symbolic link is followed:
  // what it points to is replaced. In: `input_fd`, which must not be the same file. Errors:
  // kInvalidArgument when OUT is the input (by any name), no regular file, or when a run is
  // unfinished there and `start` is kNew; kBusy while another process writes it; kVerification when
  // the unfinished run's file is gone; kIo; kNotFound; those of ReadBulkManifest.
  static Result<std::unique_ptr<BulkOutput>> Open(const std::string& path, int input_fd,
                                                  OutputStart start);
  ~BulkOutput() override;

  // Of the run that is gone on with; nullptr when it begins anew.
  const BulkManifest* earlier() const { return earlier_ ? &*earlier_ : nullptr; }
  // That run lacked nothing any more but the removal of its manifest.
  bool is_finished() const { return is_finished_; }
  // Rows that a later run finds, as of the last Checkpoint.
  uint64_t kept_rows() const { return manifest_.counts.rows; }
  const std::string& partial_path() const { return partial_; }

  // Before the first row. An empty identity: without a manifest, for input that cannot be read
  // again. Errors: kVerification when the earlier run was another one, or its file has other bytes
  // than it wrote; kIo; kCancelled. Cost: reads what is there.
  Status Begin(RunIdentity identity, const StopFlag* stop);
  // Errors: kIo. What was there before stays.
  Status Append(std::string_view bytes) override;
  Status Checkpoint(const RowPosition& next, const BulkCounts& counts) override;
  // Behind the last Checkpoint: gives it the final name.
  Status Finish();
  // Removes what was written since Begin.
  void Discard();

 private:
  BulkOutput() = default;
  Status ReadEarlier(OutputStart start);
  Status Lock(bool may_make);
  Status WriteManifest();

  std::string path_;
  std::string partial_;
  std::string manifest_path_;
  int fd_ = -1;
  bool keeps_ = false;  // the partial file is of use to somebody
  bool is_finished_ = false;
  bool began_ = false;
  std::optional<BulkManifest> earlier_;
  BulkManifest manifest_;  // as it was last written
  ContentHash hash_;       // of the first size_ bytes
  uint64_t size_ = 0;
};

}  // namespace yixin
