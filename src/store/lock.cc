#include "store/lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <thread>

namespace yixin {

Result<PullLock> PullLock::Acquire(const std::filesystem::path& path, const LockOptions& options) {
  YIXIN_CHECK_OK(MakeFolder(path.parent_path()));
  YIXIN_TRY(FileHandle file, OpenFile(path, O_RDWR | O_CREAT));
  bool said = false;
  while (flock(file.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return SystemError("cannot lock", path, errno);
    if (!options.wait) {
      return Error{ErrorCode::kBusy, "another process is pulling this model; wait for it",
                   path.string()};
    }
    if (!said && options.on_waiting) options.on_waiting();
    said = true;
    // Polled, so that a stop is seen; the wait is minutes, the delay does not matter.
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (options.stop != nullptr && options.stop->requested()) {
      return Error{ErrorCode::kCancelled, "stopped", path.string()};
    }
  }
  return PullLock(std::move(file));
}

}  // namespace yixin
