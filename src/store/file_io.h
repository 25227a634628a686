// Files of the store: open, write whole, make durable, with errors that name the file and say what
// to do. Tested by: file_io_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"

namespace yixin {

// Owns a file descriptor.
class FileHandle {
 public:
  explicit FileHandle(int fd = -1) : fd_(fd) {}
  FileHandle(FileHandle&& other) noexcept : fd_(other.Release()) {}
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle() { Close(); }

  int fd() const { return fd_; }
  void Close();

 private:
  int Release();
  int fd_;
};

// kIo (kNotFound for a missing file) with errno's meaning; a full disk is said in plain words.
Error SystemError(const std::string& what, const std::filesystem::path& path, int error_number);

// A regular file only: a FIFO or a device would block or never end. `flags` as for open(2).
// Errors: kNotFound, kInvalidFile (no regular file), kIo.
Result<FileHandle> OpenFile(const std::filesystem::path& path, int flags);

Status WriteAll(int fd, std::span<const std::byte> bytes, const std::filesystem::path& path);
// Makes a renamed or new name in the folder durable. A file system that cannot is not an error.
void SyncFolder(const std::filesystem::path& folder);
Status MakeFolder(const std::filesystem::path& folder);

// The paths in a folder, so that they may be removed one by one; none where it cannot be read.
std::vector<std::filesystem::path> EntriesOf(const std::filesystem::path& folder);

// The time of the last change, in nanoseconds since 1970; 0 where there is no file.
int64_t ModifiedNs(const std::filesystem::path& path);

// Errors: kNotFound, kIo, kInvalidFile for more than `max_bytes`.
Result<std::string> ReadSmallFile(const std::filesystem::path& path, size_t max_bytes);
// Through a temporary file in the same folder: the old text or the new one, never half.
Status ReplaceFile(const std::filesystem::path& path, std::string_view text);

}  // namespace yixin
