#include "base/thread_pool.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cfenv>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace yixin {
namespace {

TEST(ThreadPool, EveryIndexOnce) {
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (size_t count : {0, 1, 7, 1000}) {
      for (size_t grain : {0, 1, 3, 2000}) {
        std::vector<std::atomic<int>> hits(count);
        pool.ParallelFor(count, grain, [&](size_t begin, size_t end, int thread) {
          EXPECT_GE(thread, 0);
          EXPECT_LT(thread, threads);
          for (size_t i = begin; i < end; ++i) hits[i].fetch_add(1);
        });
        for (auto& hit : hits) EXPECT_EQ(hit.load(), 1);
      }
    }
  }
}

TEST(ThreadPool, LoopsInQuickAndSlowSuccession) {
  ThreadPool pool(3);
  std::atomic<int> sum{0};
  for (int i = 0; i < 2000; ++i) {
    // Now and then the workers get the time to park.
    if (i % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    pool.ParallelFor(4, 1,
                     [&](size_t begin, size_t end, int) { sum += static_cast<int>(end - begin); });
  }
  EXPECT_EQ(sum.load(), 8000);
}

TEST(ThreadPool, AnExceptionReachesTheCallerFromAnyThread) {
  ThreadPool pool(4);
  for (size_t bad = 0; bad < 64; ++bad) {
    std::atomic<int> running{0};
    const auto throwing = [&](size_t begin, size_t, int) {
      ++running;
      std::this_thread::yield();
      --running;
      if (begin == bad) throw std::runtime_error("piece");
    };
    EXPECT_THROW(pool.ParallelFor(64, 1, throwing), std::runtime_error);
    EXPECT_EQ(running.load(), 0) << "a thread was left inside the function";
    std::atomic<int> sum{0};
    pool.ParallelFor(64, 1, [&](size_t, size_t, int) { ++sum; });
    EXPECT_EQ(sum.load(), 64) << "the next loop is whole";
  }
}

TEST(ThreadPool, WorksWithTheThreadsThatTheSystemGives) {
  // A stack that no address space holds: every start fails.
  pthread_attr_t before;
  pthread_attr_t greedy;
  ASSERT_EQ(pthread_getattr_default_np(&before), 0);
  ASSERT_EQ(pthread_attr_init(&greedy), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&greedy, size_t{1} << 48), 0);
  ASSERT_EQ(pthread_setattr_default_np(&greedy), 0);
  ThreadPool pool(3);
  ASSERT_EQ(pthread_setattr_default_np(&before), 0);
  EXPECT_EQ(pool.threads(), 1);
  int sum = 0;
  pool.ParallelFor(10, 1,
                   [&](size_t begin, size_t end, int) { sum += static_cast<int>(end - begin); });
  EXPECT_EQ(sum, 10);
}

// A new thread has its parent's; a program that asked for another rounding must not change labels.
TEST(ThreadPool, WorkersRoundToNearestWhateverTheirParentDoes) {
  const int before = std::fegetround();
  ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
  ThreadPool pool(2);
  ASSERT_EQ(std::fesetround(before), 0);
  const volatile float tiny = 1.0e-9f;  // what a vector unit does, which fegetround may not tell
  std::atomic<float> sum{0.0f};
  pool.ParallelFor(2, 1, [&](size_t, size_t, int thread) {
    if (thread != 0) sum = 1.0f + tiny;
    while (sum == 0.0f) std::this_thread::yield();  // the worker has the other piece
  });
  EXPECT_EQ(sum.load(), 1.0f);
}

TEST(ThreadPool, DefaultIsAtLeastOne) { EXPECT_GE(DefaultThreadCount(), 1); }

}  // namespace
}  // namespace yixin
