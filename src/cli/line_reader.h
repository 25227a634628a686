// Lines of standard input as bytes: NUL and all, a bounded part of the input in memory.
// Tested by: line_reader_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "yixin/result.h"

namespace yixin {

struct InputLine {
  std::string text;       // without its line break ("\n" or "\r\n"), and without a byte order mark
  uint64_t number = 0;    // from 1
  bool too_long = false;  // longer than the limit; `text` is empty
};

// Threads: one.
class LineReader {
 public:
  // max_line_bytes: a longer line is skipped as it streams by.
  explicit LineReader(int fd, size_t max_line_bytes = size_t{16} << 20);

  // The next line, or nothing at the end; the last one needs no line break.
  // Errors: kIo; kCancelled when Interrupts() is set.
  Result<std::optional<InputLine>> Next();

  // Whether Next would return at once. Reads what is there, and waits for nothing.
  bool Ready();

 private:
  bool HasLine();  // a line break is in the buffer, or the end was reached
  void Fill();     // one read; sets at_end_ and failure_
  void DropOverlong();

  int fd_;
  size_t max_line_bytes_;
  std::string buffer_;
  size_t begin_ = 0;     // of the unread part
  size_t searched_ = 0;  // no line break between begin_ and here
  uint64_t lines_ = 0;
  bool at_end_ = false;
  bool skipping_ = false;  // inside a line that is too long
  std::optional<Error> failure_;
};

}  // namespace yixin
