// A fixed set of threads for data-parallel loops. A forward pass runs a few hundred short loops, so
// a worker spins briefly for the next one before it parks: parking at once costs ~50 us a loop,
// spinning forever starves the neighbours on a small machine.
// Tested by: thread_pool_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace yixin {

// A borrowed callable `void(size_t begin, size_t end, int thread)`; no allocation, so it can be
// made for every loop. It must outlive the call it is passed to.
class RangeFunction {
 public:
  template <typename F>
  RangeFunction(const F& function)  // NOLINT: implicit, a parameter type
      : object_(&function), call_([](const void* object, size_t begin, size_t end, int thread) {
          (*static_cast<const F*>(object))(begin, end, thread);
        }) {}
  void operator()(size_t begin, size_t end, int thread) const {
    call_(object_, begin, end, thread);
  }

 private:
  const void* object_;
  void (*call_)(const void*, size_t, size_t, int);
};

class ThreadPool {
 public:
  // `threads` >= 1, the caller's own thread included: ThreadPool(1) starts none. Where the system
  // refuses to start as many, the pool has fewer.
  // Pool threads round to nearest and keep subnormals, like the caller (MXCSR is set), so a result
  // does not depend on the thread that computed it.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }

  // Splits [0, count) into pieces of about `grain` indices and runs them on all threads, the
  // caller's included; `thread` in [0, threads()) names the scratch a piece may use. Returns when
  // all are done. In: function does not call ParallelFor. What it throws ends the loop early and is
  // thrown on, the first exception, when no thread runs it any more. Threads: one caller at a time.
  void ParallelFor(size_t count, size_t grain, RangeFunction function);

 private:
  struct State;
  std::unique_ptr<State> state_;
  int threads_;
};

// The physical cores among those that this process may use (affinity and cgroup quota), at least 1.
int DefaultThreadCount();

}  // namespace yixin
