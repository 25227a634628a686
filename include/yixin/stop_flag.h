// A request to stop, set from a signal handler or another thread and polled by long work.
// With the text sink it is the only channel that runs against the calls.
// Threads: any. Async-signal-safe.
#pragma once

#include <atomic>

namespace yixin {

class StopFlag {
 public:
  void Request() noexcept { requested_.store(true, std::memory_order_relaxed); }
  void Clear() noexcept { requested_.store(false, std::memory_order_relaxed); }
  bool requested() const noexcept { return requested_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> requested_{false};
  static_assert(std::atomic<bool>::is_always_lock_free);
};

}  // namespace yixin
