#include "cli/console.h"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "cli/terminal.h"
#include "yixin/error_table.h"

namespace yixin {

bool Output::Fail() {
  errno_ = errno != 0 ? errno : EIO;
  return false;
}

bool Output::Write(std::string_view text) {
  if (!ok()) return false;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) return Fail();
  return true;
}

bool Output::Line(std::string_view text) { return Write(text) && Write("\n") && Flush(); }

bool Output::Flush() {
  if (!ok()) return false;
  errno = 0;
  return std::fflush(file_) == 0 || Fail();
}

Output& StandardOutput() {
  static Output output(stdout);
  return output;
}

int FinishOutput(int code) {
  Output& output = StandardOutput();
  if (output.Flush()) return code;
  if (output.error_number() == EPIPE) {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  PrintNote(
      fmt::format("cannot write to standard output: {}", std::strerror(output.error_number())));
  return kIoExitCode;
}

int ReportError(const Error& error) {
  PrintNote(error.message);
  return TraitsOf(error.code).exit_code;
}

int ReportLineError(const Error& error, unsigned long long line) {
  PrintNote(fmt::format("line {}: {}", line, error.message));
  return TraitsOf(error.code).exit_code;
}

void PrintNote(std::string_view message) {
  std::fflush(stdout);
  const std::string line = fmt::format("yixin: {}\n", Printable(message));
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace yixin
