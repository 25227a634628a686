// Tested by: byte_source_test.cc
#include "table/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace yixin {
namespace {

Error Failed(const std::string& verb, const std::string& name, int error) {
  return {error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
          "cannot " + verb + " " + name + ": " + std::strerror(error), name};
}

Error TooShort(const std::string& name, uint64_t missing) {
  return {ErrorCode::kInvalidFile,
          name + " ends " + std::to_string(missing) +
              " bytes before the place to go on from: is it the file of the first run?",
          name};
}

}  // namespace

Status ByteSource::Skip(uint64_t bytes) {
  std::array<char, 1 << 16> dropped;
  while (bytes > 0) {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(bytes, dropped.size()));
    YIXIN_TRY(const size_t got, Read({dropped.data(), wanted}));
    if (got == 0) return TooShort("the input", bytes);
    bytes -= got;
  }
  return {};
}

Result<FileSource> FileSource::Open(const std::string& path, const StopFlag* stop) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed("open", path, errno);
  FileSource source(fd, path, stop);
  source.owns_ = true;
  struct stat status {};
  if (fstat(fd, &status) != 0) return Failed("open", path, errno);
  if (S_ISDIR(status.st_mode)) {
    return Error{ErrorCode::kInvalidFile, path + " is a folder, expected a file", path};
  }
  return source;
}

FileSource::FileSource(int fd, std::string name, const StopFlag* stop)
    : fd_(fd), name_(std::move(name)), stop_(stop) {}

FileSource::FileSource(FileSource&& other) noexcept
    : fd_(other.fd_),
      owns_(std::exchange(other.owns_, false)),
      name_(std::move(other.name_)),
      stop_(other.stop_) {}

FileSource::~FileSource() {
  if (owns_) close(fd_);
}

Result<size_t> FileSource::Read(std::span<char> into) {
  while (true) {
    if (stop_ != nullptr && stop_->requested()) {
      return Error{ErrorCode::kCancelled, "stopped while reading " + name_, name_};
    }
    const ssize_t got = read(fd_, into.data(), into.size());
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) return Failed("read", name_, errno);
  }
}

Status FileSource::Skip(uint64_t bytes) {
  struct stat status {};
  const off_t here = lseek(fd_, 0, SEEK_CUR);
  if (here < 0 || fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
    return ByteSource::Skip(bytes);
  }
  const auto left = static_cast<uint64_t>(std::max<off_t>(0, status.st_size - here));
  if (bytes > left) return TooShort(name_, bytes - left);
  if (lseek(fd_, static_cast<off_t>(bytes), SEEK_CUR) < 0) return Failed("seek in", name_, errno);
  return {};
}

Result<size_t> MemorySource::Read(std::span<char> into) {
  const size_t size = std::min({into.size(), bytes_.size(), chunk_});
  std::memcpy(into.data(), bytes_.data(), size);
  bytes_.remove_prefix(size);
  return size;
}

}  // namespace yixin
