// Standard output and standard error: what is written, and what happens when it cannot be.
// Tested by: console_test.cc
#pragma once

#include <cstdio>
#include <string_view>

#include "yixin/result.h"

namespace yixin {

inline constexpr int kUsageExitCode = 64;  // EX_USAGE
inline constexpr int kIoExitCode = 74;     // EX_IOERR

// A stream that remembers its first failure, so that a verb can write on and report once.
class Output {
 public:
  explicit Output(std::FILE* file) : file_(file) {}

  // False once anything failed. Nothing is written after a failure.
  bool Write(std::string_view text);
  bool Line(std::string_view text);  // with a line break, and flushed
  bool Flush();

  bool ok() const { return errno_ == 0; }
  int error_number() const { return errno_; }
  std::FILE* file() const { return file_; }

 private:
  bool Fail();

  std::FILE* file_;
  int errno_ = 0;
};

Output& StandardOutput();

// Flushes standard output. The exit code: `code`, or 74 with a message when a write failed. A
// reader that closed the pipe early is no error of ours: the process ends by SIGPIPE, as others do.
int FinishOutput(int code);

// "yixin: message" on standard error, control characters made visible. Gives the error's exit code.
int ReportError(const Error& error);
// For what concerns one line of the input; lines count from 1.
int ReportLineError(const Error& error, unsigned long long line);
void PrintNote(std::string_view message);  // "yixin: message" on standard error

}  // namespace yixin
