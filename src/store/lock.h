// One pull of a model at a time, over all processes. The kernel gives the lock back when its holder
// dies, however it dies; the lock file itself stays and means nothing.
// Tested by: lock_test.cc
#pragma once

#include <filesystem>
#include <functional>

#include "store/file_io.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

struct LockOptions {
  bool wait = true;                  // false: kBusy at once
  std::function<void()> on_waiting;  // once, before the first wait; may be empty
  const StopFlag* stop = nullptr;
};

class PullLock {
 public:
  // Makes the file and its folder. Errors: kBusy, kCancelled, kIo.
  static Result<PullLock> Acquire(const std::filesystem::path& path, const LockOptions& options);

 private:
  explicit PullLock(FileHandle file) : file_(std::move(file)) {}
  FileHandle file_;  // closing it unlocks
};

}  // namespace yixin
