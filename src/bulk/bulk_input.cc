// Tested by: bulk_input_test.cc
#include "bulk/bulk_input.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "bulk/content_hash.h"
#include "bulk/row_sample.h"

namespace yixin {
namespace {

// How long a wait for bytes goes on after it was to stop: not felt by a person.
constexpr int kPollMs = 100;

Error Failed(const std::string& verb, const std::string& name, int error) {
  return {error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
          "cannot " + verb + " " + name + ": " + std::strerror(error), name};
}

// Reads at a place of its own, so that a file may be read twice by one descriptor; a pipe as it
// comes. Unlike a FileSource it can be stopped while another thread gets the signal.
class WatchedSource : public ByteSource {
 public:
  WatchedSource(int fd, bool is_file, std::string name, const StopFlag* stop, const StopFlag* halt)
      : fd_(fd), is_file_(is_file), name_(std::move(name)), stop_(stop), halt_(halt) {}

  Result<size_t> Read(std::span<char> into) override {
    while (true) {
      if ((stop_ != nullptr && stop_->requested()) || halt_->requested()) {
        return Error{ErrorCode::kCancelled, "stopped while reading " + name_, name_};
      }
      if (!is_file_) {
        pollfd wanted{fd_, POLLIN, 0};
        if (poll(&wanted, 1, kPollMs) <= 0) continue;
      }
      const ssize_t got = is_file_
                              ? pread(fd_, into.data(), into.size(), static_cast<off_t>(offset_))
                              : read(fd_, into.data(), into.size());
      if (got < 0 && errno != EINTR && errno != EAGAIN) return Failed("read", name_, errno);
      if (got < 0) continue;
      offset_ += static_cast<uint64_t>(got);
      return static_cast<size_t>(got);
    }
  }

  Status Skip(uint64_t bytes) override {
    struct stat status {};
    if (!is_file_) return ByteSource::Skip(bytes);
    if (fstat(fd_, &status) != 0) return Failed("read", name_, errno);
    const auto size = static_cast<uint64_t>(status.st_size);
    if (offset_ > size || bytes > size - offset_) return ByteSource::Skip(bytes);  // says it
    offset_ += bytes;
    return {};
  }

 private:
  int fd_;
  bool is_file_;
  std::string name_;
  const StopFlag* stop_;
  const StopFlag* halt_;
  uint64_t offset_ = 0;
};

}  // namespace

Result<BulkInput> BulkInput::Open(const std::string& path, const TableOptions& options,
                                  const StopFlag* stop) {
  BulkInput input;
  input.options_ = options;
  input.stop_ = stop;
  if (path == "-") {
    input.fd_ = STDIN_FILENO;
    input.name_ = "standard input";
  } else {
    input.name_ = path;
    input.fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (input.fd_ < 0) return Failed("open", path, errno);
    input.owns_ = true;
  }
  if (fstat(input.fd_, &input.status_) != 0) return Failed("read", input.name_, errno);
  if (S_ISDIR(input.status_.st_mode)) {
    return Error{ErrorCode::kInvalidFile, input.name_ + " is a folder, expected a file",
                 input.name_};
  }
  input.options_.name = input.name_;
  YIXIN_TRY(RowReader reader, input.OpenReader());
  input.reader_ = std::make_unique<RowReader>(std::move(reader));
  return input;
}

BulkInput::BulkInput(BulkInput&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      owns_(std::exchange(other.owns_, false)),
      name_(std::move(other.name_)),
      options_(std::move(other.options_)),
      stop_(other.stop_),
      halt_(std::move(other.halt_)),
      status_(other.status_),
      reader_(std::move(other.reader_)) {}

BulkInput::~BulkInput() {
  if (owns_) close(fd_);
}

Result<RowReader> BulkInput::OpenReader() const {
  return RowReader::Open(std::make_unique<WatchedSource>(fd_, is_file(), name_, stop_, halt_.get()),
                         options_);
}

bool BulkInput::IsSameFile(int other_fd) const {
  struct stat other {};
  return is_file() && fstat(other_fd, &other) == 0 && other.st_dev == status_.st_dev &&
         other.st_ino == status_.st_ino;
}

Result<std::string> BulkInput::Hash() const {
  YIXIN_TRY(const ContentHash hash, HashDescriptor(fd_, name_, stop_));
  return hash.Hex();
}

Result<std::vector<uint64_t>> BulkInput::Sample(uint64_t rows, uint64_t seed) const {
  YIXIN_TRY(RowReader reader, OpenReader());
  RowSample sample(rows, seed);
  TableRow row;
  while (true) {
    YIXIN_TRY(const bool is_there, reader.Next(row));
    if (!is_there) return sample.Take();
    sample.Add();
  }
}

Status BulkInput::CheckUnchanged() const {
  struct stat now {};
  if (!is_file()) return {};
  if (fstat(fd_, &now) != 0) return Failed("read", name_, errno);
  if (now.st_size == status_.st_size && now.st_mtim.tv_sec == status_.st_mtim.tv_sec &&
      now.st_mtim.tv_nsec == status_.st_mtim.tv_nsec) {
    return {};
  }
  return Error{ErrorCode::kVerification,
               name_ +
                   " was written to while it was read, so the results may be of neither state; "
                   "start over with --restart when it is done",
               name_};
}

}  // namespace yixin
