// Runs a program to its end: how long until it first said something, and what it said. It has no
// standard input; the last line of its standard error is part of the error that it ends with.
// Tested by: child_process_test.cc
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

struct ChildCommand {
  std::string program;                                         // a path
  std::vector<std::string> words;                              // without the program's name
  std::vector<std::pair<std::string, std::string>> variables;  // on top of this process's own
  int timeout_ms = 120'000;
};

struct ChildOutput {
  std::string text;  // standard output, at most 1 MiB
  double first_byte_ms = 0;
};

// The child is killed when it takes longer than its time, or when stop is set.
// Errors: kIo when it cannot be started, kTimeout, kCancelled, kInternal for another exit code
// than 0 or for no output.
Result<ChildOutput> RunChild(const ChildCommand& command, const StopFlag* stop);

}  // namespace yixin
