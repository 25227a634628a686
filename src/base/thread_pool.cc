// Pieces are handed out by one atomic counter, so a slow core simply takes fewer of them.
// Tested by: thread_pool_test.cc
#include "base/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace yixin {
namespace {

// About 20 us on current cores: longer than the serial work between two loops of a decoded token,
// far shorter than a scheduler's time slice.
constexpr int kSpins = 2000;

void Pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

void SetFloatEnvironment() {
#if defined(__x86_64__)
  _mm_setcsr(0x1f80);  // the default: all exceptions masked, nearest, subnormals kept
#elif defined(__aarch64__)
  asm volatile("msr fpcr, %0" : : "r"(uint64_t{0}));  // the same
#endif
}

}  // namespace

struct ThreadPool::State {
  std::vector<std::thread> workers;
  std::mutex mutex;
  std::condition_variable wake;
  // Every loop has a ticket. A worker runs a loop when the ticket changes and counts itself out.
  std::atomic<uint64_t> ticket{0};
  std::atomic<int> unfinished{0};
  std::atomic<size_t> next{0};
  std::atomic<int> parked{0};
  std::atomic<bool> quit{false};
  const RangeFunction* function = nullptr;
  size_t count = 0;
  size_t grain = 1;
  std::exception_ptr failure;  // the loop's first; under the mutex

  // An exception ends the loop early; it must not leave before every thread is out of `function`.
  void RunPieces(int thread) {
    try {
      for (;;) {
        const size_t begin = next.fetch_add(grain, std::memory_order_relaxed);
        if (begin >= count) return;
        (*function)(begin, std::min(begin + grain, count), thread);
      }
    } catch (...) {
      std::lock_guard lock(mutex);
      if (failure == nullptr) failure = std::current_exception();
      next.store(count, std::memory_order_relaxed);
    }
  }

  void WaitForTicket(uint64_t seen) {
    for (int i = 0; i < kSpins; ++i) {
      if (ticket.load(std::memory_order_acquire) != seen) return;
      Pause();
    }
    std::unique_lock lock(mutex);
    parked.fetch_add(1);
    wake.wait(lock, [&] { return ticket.load(std::memory_order_acquire) != seen; });
    parked.fetch_sub(1);
  }

  void Work(int thread) {
    SetFloatEnvironment();
    uint64_t seen = 0;
    for (;;) {
      WaitForTicket(seen);
      seen = ticket.load(std::memory_order_acquire);
      if (quit.load(std::memory_order_relaxed)) return;
      RunPieces(thread);
      unfinished.fetch_sub(1, std::memory_order_release);
    }
  }

  void Announce() {
    {
      // Under the mutex, so that a worker on its way to park cannot miss the new ticket.
      std::lock_guard lock(mutex);
      ticket.fetch_add(1, std::memory_order_release);
    }
    if (parked.load() > 0) wake.notify_all();
  }
};

ThreadPool::ThreadPool(int threads)
    : state_(std::make_unique<State>()), threads_(std::max(threads, 1)) {
  state_->workers.reserve(static_cast<size_t>(threads_ - 1));
  for (int i = 1; i < threads_; ++i) {
    try {
      state_->workers.emplace_back([state = state_.get(), i] { state->Work(i); });
    } catch (const std::exception&) {
      threads_ = i;  // the system has no more to give; fewer do the same work
    }
  }
}

ThreadPool::~ThreadPool() {
  state_->quit.store(true);
  state_->Announce();
  for (std::thread& worker : state_->workers) worker.join();
}

void ThreadPool::ParallelFor(size_t count, size_t grain, RangeFunction function) {
  grain = std::max<size_t>(grain, 1);
  if (count == 0) return;
  if (threads_ == 1 || count <= grain) {
    function(0, count, 0);
    return;
  }
  State& state = *state_;
  state.function = &function;
  state.count = count;
  state.grain = grain;
  state.next.store(0, std::memory_order_relaxed);
  state.unfinished.store(threads_ - 1, std::memory_order_relaxed);
  state.Announce();
  state.RunPieces(0);
  for (int i = 0; state.unfinished.load(std::memory_order_acquire) != 0; ++i) {
    // The other worker may have lost its core: after a while, give it this one.
    if (i < 10 * kSpins) {
      Pause();
    } else {
      std::this_thread::yield();
    }
  }
  if (state.failure != nullptr) std::rethrow_exception(std::exchange(state.failure, nullptr));
}

int DefaultThreadCount() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
    return std::max(1u, std::thread::hardware_concurrency());
  }
  std::set<std::pair<int, int>> cores;  // (package, core): hyper-threads count once
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
    int package = 0;
    int core = cpu;
    std::ifstream(folder + "physical_package_id") >> package;
    std::ifstream(folder + "core_id") >> core;
    cores.emplace(package, core);
  }
  int threads = static_cast<int>(cores.size());
  // cgroup v2: "max 100000" or "150000 100000" (microseconds of CPU time, a period).
  std::ifstream quota_file("/sys/fs/cgroup/cpu.max");
  double quota = 0;
  double period = 0;
  if (quota_file >> quota >> period && quota > 0 && period > 0) {
    threads = static_cast<int>(std::min<double>(threads, std::ceil(quota / period)));
  }
  return std::max(threads, 1);
}

}  // namespace yixin
