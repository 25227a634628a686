// OUT, which is there whole or not at all. Rows go to OUT.yixin-part, under a lock, and
// OUT.yixin-part.json is its manifest. About once a second the rows are made durable (fsync) and
// then the manifest replaced by rename, so that it never speaks of bytes that could be lost: a run
// that ends at any moment, by kill -9 or a power failure, is gone on with from the last manifest,
// the bytes behind it cut off. At the end OUT.yixin-part is renamed, and so is the manifest, to
// OUT.yixin.json: from then on it says what OUT was made of, and with what.
//
// To append, rows go straight behind what OUT holds, where others may read them; OUT.yixin-part
// then is a lock and nothing else. Tested by: bulk_output_test.cc, tests/e2e/analyze_test.py
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

struct OutputOptions {
  OutputStart start = OutputStart::kNew;
  bool appends = false;
};

// What a run says of itself when it begins.
struct RunStart {
  RunIdentity identity;
  std::string input;      // its name, for people
  RowPosition first;      // of its first row
  bool resumable = true;  // false for input that cannot be read again: no manifest until the end
};

class BulkOutput : public RowSink {
 public:
  // Takes the lock; changes nothing but for making OUT.yixin-part. A symbolic link is followed:
  // what it points to is replaced. In: `input_fd`, which must not be the same file. Errors:
  // kInvalidArgument when OUT is the input (by any name), no regular file, or when a run is
  // unfinished there and `start` is kNew, or did not append where this one does, or the reverse;
  // kBusy while another process writes it; kVerification when the unfinished run's file is gone;
  // kIo; kNotFound; those of ReadBulkManifest.
  static Result<std::unique_ptr<BulkOutput>> Open(const std::string& path, int input_fd,
                                                  const OutputOptions& options);
  ~BulkOutput() override;

  // Of the run that is gone on with; nullptr when it begins anew.
  const BulkManifest* earlier() const { return earlier_ ? &*earlier_ : nullptr; }
  // That run lacks nothing: there is nothing to compute, only Finish to call. After Begin; kResume
  // finds this of a run whose output has its last name, too.
  bool is_finished() const { return is_finished_; }
  uint64_t size() const { return size_; }  // bytes of OUT so far, those that it held included
  const std::string& path() const { return path_; }
  // Rows that a later run finds, as of the last Checkpoint.
  uint64_t kept_rows() const { return manifest_.counts.rows; }
  // Where rows go until it is finished.
  const std::string& partial_path() const { return options_.appends ? path_ : partial_; }

  // Before the first row. Errors: kVerification when the earlier run was another one, or its file
  // has other bytes than it wrote; kIo; kCancelled. Cost: reads what is there.
  Status Begin(RunStart run, const StopFlag* stop);
  // Errors: kIo. What was there before stays.
  Status Append(std::string_view bytes) override;
  Status Checkpoint(const RowPosition& next, const BulkCounts& counts) override;
  // Behind the last Checkpoint: gives it the final name, and its manifest, too.
  Status Finish();
  // Removes what was written since Begin; what OUT held before stays.
  void Discard();

 private:
  BulkOutput() = default;
  Status Lock(bool may_make);
  Status ReadEarlier();
  Status OpenInPlace();
  Status UndoAppended(const StopFlag* stop);
  Result<bool> IsWhole(const BulkManifest& record, const StopFlag* stop) const;
  Status WriteManifest(const std::string& path);

  OutputOptions options_;
  std::string path_;
  std::string partial_;
  std::string manifest_path_;
  std::string record_path_;
  int lock_fd_ = -1;    // of partial_
  int fd_ = -1;         // where rows go: lock_fd_ itself, or OUT
  bool keeps_ = false;  // the partial file is of use to somebody
  bool is_finished_ = false;
  bool began_ = false;
  bool made_ = false;  // OUT was not there
  bool resumable_ = true;
  std::optional<BulkManifest> earlier_;
  std::optional<BulkManifest> record_;       // of a run that had ended
  std::optional<BulkManifest> thrown_away_;  // of a run that appended
  BulkManifest manifest_;                    // as it was last written
  ContentHash hash_;                         // of the first size_ bytes
  uint64_t size_ = 0;
};

}  // namespace yixin
