// An exclusive lock over processes. The system gives it back when its holder dies, however it dies;
// the file itself stays and means nothing. Tested by: file_lock_test.cc
#pragma once

#include <filesystem>
#include <optional>

#include "yixin/result.h"

namespace yixin {

class FileLock {
 public:
  // Nothing while another process (or another FileLock) holds it. Makes the file, not its folder.
  // Errors: kIo.
  static Result<std::optional<FileLock>> TryAcquire(const std::filesystem::path& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace yixin
