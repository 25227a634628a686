#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
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

TEST(ThreadPool, DefaultIsAtLeastOne) { EXPECT_GE(DefaultThreadCount(), 1); }

}  // namespace
}  // namespace yixin
