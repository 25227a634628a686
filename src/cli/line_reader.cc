#include "cli/line_reader.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/interrupt.h"

namespace yixin {
namespace {

constexpr size_t kChunk = size_t{64} << 10;  // a pipe's usual capacity

}  // namespace

LineReader::LineReader(int fd, size_t max_line_bytes) : fd_(fd), max_line_bytes_(max_line_bytes) {}

bool LineReader::HasLine() {
  const size_t found = buffer_.find('\n', searched_);
  searched_ = found == std::string::npos ? buffer_.size() : found;
  if (found == std::string::npos) DropOverlong();
  return found != std::string::npos || at_end_;
}

void LineReader::DropOverlong() {
  if (buffer_.size() - begin_ <= max_line_bytes_) return;
  skipping_ = true;
  buffer_.clear();
  begin_ = searched_ = 0;
}

void LineReader::Fill() {
  buffer_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  const size_t size = buffer_.size();
  buffer_.resize(size + kChunk);
  const ssize_t got = read(fd_, buffer_.data() + size, kChunk);
  const int error = errno;
  buffer_.resize(size + static_cast<size_t>(got > 0 ? got : 0));
  if (got > 0 || (got < 0 && error == EINTR)) return;
  at_end_ = true;
  if (got < 0) {
    failure_ =
        Error{ErrorCode::kIo, fmt::format("cannot read standard input: {}", std::strerror(error)),
              "standard input"};
  }
}

Result<std::optional<InputLine>> LineReader::Next() {
  while (!HasLine()) {
    const Waited waited = WaitReadable(fd_);
    if (waited == Waited::kInterrupted) {
      return Error{ErrorCode::kCancelled, "stopped", "standard input"};
    }
    // A failed wait (a closed descriptor) shows its reason when it is read.
    if (waited != Waited::kRedraw) Fill();
  }
  const bool ended = searched_ < buffer_.size();  // by a line break
  if (!ended && begin_ == buffer_.size() && !skipping_) {
    if (failure_) return *failure_;
    return std::optional<InputLine>();
  }

  InputLine line;
  line.number = ++lines_;
  line.too_long = skipping_ || searched_ - begin_ > max_line_bytes_;
  if (!line.too_long) {
    line.text = buffer_.substr(begin_, searched_ - begin_);
    if (line.text.ends_with('\r')) line.text.pop_back();
    if (line.number == 1 && line.text.starts_with("\xEF\xBB\xBF")) line.text.erase(0, 3);
  }
  skipping_ = false;
  begin_ = searched_ = ended ? searched_ + 1 : buffer_.size();
  return std::optional<InputLine>(std::move(line));
}

bool LineReader::Ready() {
  while (!HasLine()) {
    pollfd wanted{fd_, POLLIN, 0};
    if (poll(&wanted, 1, 0) <= 0) return false;
    Fill();
  }
  return true;
}

}  // namespace yixin
