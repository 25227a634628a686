// A regular file mapped read-only. Model files are renamed or unlinked, never truncated, so a
// mapped page stays readable as long as the mapping lives. Tested by: mapped_file_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "yixin/result.h"

namespace yixin {

// What tells a file from another one and from itself before a change, without reading it.
struct FileIdentity {
  uint64_t size = 0;
  int64_t modified_ns = 0;  // time of last change since 1970
  uint64_t inode = 0;       // 0: of no file
  bool operator==(const FileIdentity&) const = default;
};

// Of the file that has this name now. Errors: kNotFound, kIo.
Result<FileIdentity> ReadFileIdentity(const std::filesystem::path& path);

class MappedFile {
 public:
  // Errors: kNotFound; kInvalidFile for anything but a regular file (a FIFO without a writer does
  // not block); kIo. An empty file maps to an empty span.
  static Result<MappedFile> Open(const std::filesystem::path& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // As it was when the file was opened.
  const FileIdentity& identity() const { return identity_; }

  // Gives pages of a range that was read once back to the page cache; they stay readable. A range
  // that is not of this file is left alone.
  void Release(std::span<const std::byte> range) const;
  // Copies a range by a read of the file: a page fault would make sixteen pages this process's
  // memory for the one that is touched. In: out [range.size()]. False where the range is not of
  // this file or cannot be read.
  bool Read(std::span<const std::byte> range, std::byte* out) const;

 private:
  bool Has(std::span<const std::byte> range) const;

  const std::byte* data_ = nullptr;
  size_t size_ = 0;
  FileIdentity identity_;
  int descriptor_ = -1;
};

}  // namespace yixin
