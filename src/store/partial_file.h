// FILE.partial: bytes that have arrived and are not verified yet. What it holds is always a prefix
// of the file, whichever source the bytes came from, so any source may go on where another stopped;
// the final name exists only once the SHA-256 of the whole is right. Tested by:
// partial_file_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "store/file_io.h"
#include "store/sha256.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

class PartialFile {
 public:
  // Opens or makes `final_path`.partial. Cost: reads what is there, for its hash.
  // Threads: one; one process at a time (store/lock.h).
  static Result<PartialFile> Open(const std::filesystem::path& final_path, const StopFlag* stop);

  uint64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }
  const std::filesystem::path& final_path() const { return final_path_; }

  // On an error (a full disk) what was there before stays.
  Status Append(std::span<const std::byte> bytes);
  // Back to an empty file.
  Status Reset();
  std::string HexDigest() const { return hash_.HexDigest(); }

  // Gives it the final name, durably. The caller has compared HexDigest().
  Status Commit();
  // Removes it.
  void Discard();

 private:
  PartialFile(std::filesystem::path final_path, std::filesystem::path path, FileHandle file,
              Sha256 hash, uint64_t size);

  std::filesystem::path final_path_;
  std::filesystem::path path_;
  FileHandle file_;
  Sha256 hash_;  // of the first size_ bytes
  uint64_t size_ = 0;
};

}  // namespace yixin
