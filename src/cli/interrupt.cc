#include "cli/interrupt.h"

#include <poll.h>

#include <atomic>
#include <cerrno>

#include "cli/terminal.h"

namespace yixin {
namespace {

StopFlag g_interrupts;
std::atomic<bool> g_terminate{false};
std::atomic<bool> g_redraw{false};

void OnInterrupt(int signal_number) {
  if (signal_number == SIGTERM) g_terminate.store(true, std::memory_order_relaxed);
  if (g_interrupts.requested()) {
    EchoOff::PutBack();
    std::signal(signal_number, SIG_DFL);
    std::raise(signal_number);
  }
  g_interrupts.Request();
}

void OnRedraw(int) { g_redraw.store(true, std::memory_order_relaxed); }

void Install(int signal_number, void (*handler)(int), int flags, struct sigaction* old) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal_number, &action, old);
}

}  // namespace

InterruptScope::InterruptScope() {
  g_interrupts.Clear();
  Install(SIGINT, OnInterrupt, 0, &old_interrupt_);
  Install(SIGTERM, OnInterrupt, 0, &old_terminate_);
  // Whoever waits for bytes is in ppoll, which no flag restarts; other system calls go on.
  Install(SIGWINCH, OnRedraw, SA_RESTART, &old_resize_);
  Install(SIGCONT, OnRedraw, SA_RESTART, &old_continue_);
}

InterruptScope::~InterruptScope() {
  sigaction(SIGINT, &old_interrupt_, nullptr);
  sigaction(SIGTERM, &old_terminate_, nullptr);
  sigaction(SIGWINCH, &old_resize_, nullptr);
  sigaction(SIGCONT, &old_continue_, nullptr);
}

StopFlag& Interrupts() { return g_interrupts; }

bool TerminateRequested() { return g_terminate.load(std::memory_order_relaxed); }

int InterruptExitCode() { return 128 + (TerminateRequested() ? SIGTERM : SIGINT); }

Waited WaitReadable(int fd) {
  sigset_t watched;
  sigemptyset(&watched);
  for (int signal_number : {SIGINT, SIGTERM, SIGWINCH, SIGCONT}) sigaddset(&watched, signal_number);
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &watched, &before);
  int ready = -1;
  int error = EINTR;
  if (!g_interrupts.requested() && !g_redraw.load()) {
    pollfd wanted{fd, POLLIN, 0};
    ready = ppoll(&wanted, 1, nullptr, &before);
    error = errno;
  }
  const bool redraw = g_redraw.exchange(false);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  if (g_interrupts.requested()) return Waited::kInterrupted;
  if (ready > 0) return Waited::kReadable;
  return redraw || error == EINTR ? Waited::kRedraw : Waited::kFailed;
}

}  // namespace yixin
