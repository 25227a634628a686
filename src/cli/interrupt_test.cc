#include "cli/interrupt.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace yixin {
namespace {

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe(ends_), 0); }
  ~Pipe() {
    close(ends_[0]);
    close(ends_[1]);
  }
  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }

 private:
  int ends_[2];
};

TEST(Interrupt, ASignalSetsTheFlagAndNothingElse) {
  const InterruptScope scope;
  EXPECT_FALSE(Interrupts().requested());
  std::raise(SIGINT);
  EXPECT_TRUE(Interrupts().requested());
  EXPECT_FALSE(TerminateRequested());
}

TEST(Interrupt, ASignalBeforeTheWaitIsNotLost) {
  const InterruptScope scope;
  const Pipe empty;
  std::raise(SIGINT);
  EXPECT_EQ(WaitReadable(empty.read_end()), Waited::kInterrupted);
  // The wait has put the mask back.
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGINT), 0);
}

TEST(Interrupt, ASignalEndsTheWait) {
  const InterruptScope scope;
  const Pipe empty;
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    usleep(50'000);
    kill(parent, SIGINT);
    _exit(0);
  }
  EXPECT_EQ(WaitReadable(empty.read_end()), Waited::kInterrupted);
  waitpid(child, nullptr, 0);
}

TEST(Interrupt, BytesAndTheEndAreReadable) {
  const InterruptScope scope;
  Pipe bytes;
  ASSERT_EQ(write(bytes.write_end(), "x", 1), 1);
  EXPECT_EQ(WaitReadable(bytes.read_end()), Waited::kReadable);
}

TEST(Interrupt, AResizeAsksForARedrawOnce) {
  const InterruptScope scope;
  Pipe bytes;
  ASSERT_EQ(write(bytes.write_end(), "x", 1), 1);
  std::raise(SIGWINCH);
  EXPECT_EQ(WaitReadable(bytes.read_end()), Waited::kRedraw);
  EXPECT_EQ(WaitReadable(bytes.read_end()), Waited::kReadable);
}

// In a child, because it ends it.
int SignalThatEnds(void (*run)()) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGINT, SIG_DFL);  // as a shell's background job it is ignored
    run();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(Interrupt, TheSecondUnansweredOneEndsTheProgram) {
  EXPECT_EQ(SignalThatEnds([] {
              const InterruptScope scope;
              std::raise(SIGINT);
              std::raise(SIGINT);
            }),
            SIGINT);
}

TEST(Interrupt, OutsideOfAScopeOneIsEnough) {
  EXPECT_EQ(SignalThatEnds([] {
              { const InterruptScope scope; }
              std::raise(SIGINT);
            }),
            SIGINT);
}

TEST(Interrupt, AnAnsweredOneDoesNotCount) {
  EXPECT_EQ(SignalThatEnds([] {
              const InterruptScope scope;
              std::raise(SIGINT);
              Interrupts().Clear();
              std::raise(SIGINT);
            }),
            0);
}

}  // namespace
}  // namespace yixin
