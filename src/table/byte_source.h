// Where a table's bytes come from: a file, standard input, or memory.
// Tested by: byte_source_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

// Threads: one at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills a part of `into` and says how much; 0 is the end. In: `into` is not empty.
  // Errors: kIo; kCancelled.
  virtual Result<size_t> Read(std::span<char> into) = 0;
  // Passes over the next bytes. Errors: as Read; kInvalidFile when there are fewer.
  virtual Status Skip(uint64_t bytes);
};

// Closes what it opened.
class FileSource : public ByteSource {
 public:
  // stop: when it is set, a read that a signal interrupted ends in kCancelled.
  // Errors: kNotFound; kIo; kInvalidFile for a folder.
  static Result<FileSource> Open(const std::string& path, const StopFlag* stop = nullptr);
  // A descriptor of somebody else (standard input), which stays open. `name` is for messages.
  FileSource(int fd, std::string name, const StopFlag* stop = nullptr);
  FileSource(FileSource&& other) noexcept;
  FileSource& operator=(FileSource&&) = delete;
  ~FileSource() override;

  Result<size_t> Read(std::span<char> into) override;
  Status Skip(uint64_t bytes) override;  // without reading, where the file can seek

 private:
  int fd_;
  bool owns_ = false;
  std::string name_;
  const StopFlag* stop_;
};

// Bytes of the caller, which must outlive it. `chunk`: at most so many bytes a read, for tests.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes, size_t chunk = SIZE_MAX)
      : bytes_(bytes), chunk_(chunk) {}
  Result<size_t> Read(std::span<char> into) override;

 private:
  std::string_view bytes_;
  size_t chunk_;
};

}  // namespace yixin
