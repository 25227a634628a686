#include "store/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace yixin {

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = other.Release();
  }
  return *this;
}

void FileHandle::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

int FileHandle::Release() { return std::exchange(fd_, -1); }

Error SystemError(const std::string& what, const std::filesystem::path& path, int error_number) {
  std::string reason = std::generic_category().message(error_number);
  if (error_number == ENOSPC || error_number == EDQUOT) {
    reason =
        "the disk is full (" + reason + "); free some space and run it again: it goes on from here";
  } else if (error_number == EFBIG) {
    reason += "; the limit of a file's size (ulimit -f) or of the file system is too small";
  }
  const bool missing = error_number == ENOENT || error_number == ENOTDIR;
  return Error{missing ? ErrorCode::kNotFound : ErrorCode::kIo,
               what + (path.empty() ? "" : " ") + path.string() + ": " + reason, path.string()};
}

Result<FileHandle> OpenFile(const std::filesystem::path& path, int flags) {
  // O_NONBLOCK: opening a FIFO returns at once, so that it can be refused.
  const int fd = open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK, 0644);
  if (fd < 0) return SystemError("cannot open", path, errno);
  FileHandle file(fd);
  struct stat status {};
  if (fstat(fd, &status) != 0) return SystemError("cannot read", path, errno);
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorCode::kInvalidFile, path.string() + ": expected a regular file",
                 path.string()};
  }
  return file;
}

Status WriteAll(int fd, std::span<const std::byte> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("cannot write", path, errno);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return {};
}

void SyncFolder(const std::filesystem::path& folder) {
  const FileHandle handle(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.fd() >= 0) fsync(handle.fd());
}

Status MakeFolder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return SystemError("cannot make the folder", folder, error.value());
  return {};
}

std::vector<std::filesystem::path> EntriesOf(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    paths.push_back(it->path());
  }
  return paths;
}

int64_t ModifiedNs(const std::filesystem::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return 0;
  return int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

Result<std::string> ReadSmallFile(const std::filesystem::path& path, size_t max_bytes) {
  YIXIN_TRY(const FileHandle file, OpenFile(path, O_RDONLY));
  std::string text;
  std::array<char, 16 * 1024> chunk;
  while (true) {
    const ssize_t got = read(file.fd(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("cannot read", path, errno);
    if (got == 0) return text;
    text.append(chunk.data(), static_cast<size_t>(got));
    if (text.size() > max_bytes) {
      return Error{ErrorCode::kInvalidFile,
                   path.string() + ": expected at most " + std::to_string(max_bytes) + " bytes",
                   path.string()};
    }
  }
}

Status ReplaceFile(const std::filesystem::path& path, std::string_view text) {
  // The process id keeps two writers apart; the last rename wins.
  const std::filesystem::path temporary = path.string() + ".new." + std::to_string(getpid());
  YIXIN_TRY(FileHandle file, OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC));
  const auto written = WriteAll(file.fd(), std::as_bytes(std::span(text)), temporary);
  if (!written || fsync(file.fd()) != 0) {
    const Error error = written ? SystemError("cannot write", temporary, errno) : written.error();
    unlink(temporary.c_str());
    return error;
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const Error error = SystemError("cannot rename to", path, errno);
    unlink(temporary.c_str());
    return error;
  }
  SyncFolder(path.parent_path());
  return {};
}

}  // namespace yixin
