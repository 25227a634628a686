// Tested by: file_lock_test.cc
#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace yixin {

Result<std::optional<FileLock>> FileLock::TryAcquire(const std::filesystem::path& path) {
  const auto failed = [&] {
    return Error{ErrorCode::kIo,
                 "cannot lock " + path.string() + ": " + std::generic_category().message(errno),
                 path.string()};
  };
  // O_NONBLOCK: a FIFO of that name would wait for a reader.
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
  if (fd < 0) return failed();
  FileLock lock(fd);
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return failed();
    return std::optional<FileLock>();
  }
  return std::optional<FileLock>(std::move(lock));
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace yixin
