#include "cli/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace yixin {
namespace {

// A descriptor that closes itself.
class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }
  bool Close() { return close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

Error Failure(const std::string& path, std::string_view what, int error) {
  const ErrorCode code = error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return Error{code, fmt::format("{}: {}: {}", path, what, std::strerror(error)), path};
}

bool WriteAll(int fd, std::string_view contents) {
  while (!contents.empty()) {
    const ssize_t put = write(fd, contents.data(), contents.size());
    if (put < 0 && errno != EINTR) return false;
    if (put > 0) contents.remove_prefix(static_cast<size_t>(put));
  }
  return true;
}

// The XDG rules have relative paths ignored.
std::filesystem::path StateFolder() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (state != nullptr && *state == '/') return std::filesystem::path(state) / "yixin";
  if (home == nullptr || *home != '/') return {};
  return std::filesystem::path(home) / ".local" / "state" / "yixin";
}

}  // namespace

Result<std::string> ReadWholeFile(const std::string& path, size_t max_bytes) {
  // Opening a FIFO must not wait for somebody to write to it.
  OpenFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd() < 0) return Failure(path, "cannot open", errno);
  struct stat facts {};
  if (fstat(file.fd(), &facts) != 0) return Failure(path, "cannot read", errno);
  if (!S_ISREG(facts.st_mode)) {
    return Error{ErrorCode::kInvalidFile, path + ": is not a regular file", path};
  }
  std::string contents;
  for (;;) {
    constexpr size_t kChunk = size_t{256} << 10;
    const size_t size = contents.size();
    if (size > max_bytes) {
      return Error{
          ErrorCode::kInvalidFile,
          fmt::format("{}: is larger than the {} MiB that are read", path, max_bytes >> 20), path};
    }
    contents.resize(size + kChunk);
    const ssize_t got = read(file.fd(), contents.data() + size, kChunk);
    const int error = errno;
    contents.resize(size + static_cast<size_t>(got > 0 ? got : 0));
    if (got == 0) return contents;
    if (got < 0 && error != EINTR) return Failure(path, "cannot read", error);
  }
}

Status WriteWholeFile(const std::string& path, std::string_view contents) {
  std::error_code ignored;
  const std::string real = std::filesystem::is_symlink(path, ignored)
                               ? std::filesystem::weakly_canonical(path, ignored).string()
                               : path;
  if (real.empty() || std::filesystem::is_directory(real, ignored)) {
    return Failure(path, "cannot write", EISDIR);
  }
  std::string temporary = real + ".XXXXXX";
  OpenFile file(mkstemp(temporary.data()));  // mode 0600
  if (file.fd() < 0) return Failure(path, "cannot write", errno);
  const bool written = WriteAll(file.fd(), contents) && fsync(file.fd()) == 0 && file.Close() &&
                       std::rename(temporary.c_str(), real.c_str()) == 0;
  if (written) return {};
  const Error failure = Failure(path, "cannot write", errno);
  unlink(temporary.c_str());
  return failure;
}

std::string HistoryPath() {
  const std::filesystem::path folder = StateFolder();
  if (folder.empty()) return "";
  std::error_code failure;
  std::filesystem::create_directories(folder.parent_path(), failure);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return "";
  return (folder / "history").string();
}

std::string ConversationsPath() {
  const std::filesystem::path folder = StateFolder();
  return folder.empty() ? "" : (folder / "conversations.db").string();
}

}  // namespace yixin
