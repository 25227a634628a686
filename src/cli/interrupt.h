// Ctrl-C. Where nobody asked for it, it ends the program as usual. Inside an InterruptScope it sets
// a flag that replies, downloads and prompts look at; a second one before the first was answered
// ends the program after all. Tested by: interrupt_test.cc
#pragma once

#include <csignal>

#include "yixin/stop_flag.h"

namespace yixin {

class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

 private:
  struct sigaction old_interrupt_;
  struct sigaction old_terminate_;
  struct sigaction old_resize_;
  struct sigaction old_continue_;
};

// Set by SIGINT, and by SIGTERM, which also sets TerminateRequested for good.
StopFlag& Interrupts();
bool TerminateRequested();
// After SIGINT's 128 + 2 and SIGTERM's 128 + 15.
int InterruptExitCode();

enum class Waited {
  kReadable,     // or at its end
  kInterrupted,  // Interrupts() is set
  kRedraw,       // the terminal's size changed, or the program came back from the background
  kFailed,       // errno says why
};

// Waits for bytes at `fd`. A signal that comes just before the wait is not lost.
Waited WaitReadable(int fd);

}  // namespace yixin
