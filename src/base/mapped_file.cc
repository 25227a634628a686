// Tested by: mapped_file_test.cc
#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace yixin {
namespace {

Error SystemError(ErrorCode code, const std::filesystem::path& path, const char* what) {
  return {code, path.string() + ": " + what + ": " + std::strerror(errno), path.string()};
}

FileIdentity IdentityOf(const struct stat& info) {
  return {.size = static_cast<uint64_t>(info.st_size),
          .modified_ns = int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec,
          .inode = info.st_ino};
}

}  // namespace

Result<FileIdentity> ReadFileIdentity(const std::filesystem::path& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return SystemError(missing ? ErrorCode::kNotFound : ErrorCode::kIo, path, "cannot stat");
  }
  return IdentityOf(info);
}

Result<MappedFile> MappedFile::Open(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a FIFO without a writer would wait forever.
  MappedFile mapped;
  mapped.descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (mapped.descriptor_ < 0) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
    return SystemError(code, path, "cannot open");
  }
  struct stat info {};
  if (fstat(mapped.descriptor_, &info) != 0)
    return SystemError(ErrorCode::kIo, path, "cannot stat");
  if (!S_ISREG(info.st_mode)) {
    const char* kind = S_ISDIR(info.st_mode) ? "a folder" : "not a regular file";
    return Error{ErrorCode::kInvalidFile, path.string() + ": expected a file, got " + kind,
                 path.string()};
  }
  mapped.identity_ = IdentityOf(info);
  if (info.st_size == 0) return mapped;
  const auto size = static_cast<size_t>(info.st_size);
  void* data = mmap(nullptr, size, PROT_READ, MAP_SHARED, mapped.descriptor_, 0);
  if (data == MAP_FAILED) return SystemError(ErrorCode::kIo, path, "cannot map");
  mapped.data_ = static_cast<const std::byte*>(data);
  mapped.size_ = size;
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      identity_(std::exchange(other.identity_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(identity_, other.identity_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
  if (descriptor_ >= 0) close(descriptor_);
}

bool MappedFile::Has(std::span<const std::byte> range) const {
  const auto begin = reinterpret_cast<uintptr_t>(range.data());
  const auto mapped = reinterpret_cast<uintptr_t>(data_);
  return begin >= mapped && begin - mapped <= size_ && range.size() <= size_ - (begin - mapped);
}

void MappedFile::Release(std::span<const std::byte> range) const {
  // Elsewhere it would not give pages back, it would empty them.
  if (!Has(range)) return;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<uintptr_t>(range.data()) + page - 1) & ~(page - 1);
  const auto end = reinterpret_cast<uintptr_t>(range.data() + range.size()) & ~(page - 1);
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

bool MappedFile::Read(std::span<const std::byte> range, std::byte* out) const {
  if (!Has(range)) return false;
  const auto offset = range.data() - data_;
  for (size_t done = 0; done < range.size();) {
    const ssize_t count = pread(descriptor_, out + done, range.size() - done,
                                static_cast<off_t>(offset) + static_cast<off_t>(done));
    if (count <= 0) return false;
    done += static_cast<size_t>(count);
  }
  return true;
}

}  // namespace yixin
