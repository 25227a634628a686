#include "bulk/bounded_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

namespace yixin {
namespace {

TEST(BoundedQueue, KeepsTheOrderAndTheBound) {
  BoundedQueue<int> queue(2);
  std::atomic<int> ahead = 0;
  std::atomic<int> most = 0;
  std::thread producer([&] {
    for (int i = 0; i < 1000; ++i) {
      EXPECT_TRUE(queue.Push(i));
      most = std::max(most.load(), ++ahead);
    }
    queue.Close();
  });
  for (int i = 0; i < 1000; ++i) {
    const auto value = queue.Pop();
    --ahead;
    ASSERT_TRUE(value);
    EXPECT_EQ(*value, i);
  }
  EXPECT_FALSE(queue.Pop());
  producer.join();
  EXPECT_LE(most, 3) << "two in it, and one that was taken and not yet counted";
}

TEST(BoundedQueue, CloseLetsWaitersGo) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  ASSERT_TRUE(queue.Push(std::make_unique<int>(7)));
  std::thread producer([&] { EXPECT_FALSE(queue.Push(std::make_unique<int>(8))); });
  queue.Close();
  producer.join();
  EXPECT_FALSE(queue.Push(nullptr));
  const auto left = queue.Pop();
  ASSERT_TRUE(left);
  EXPECT_EQ(**left, 7) << "what is in it can still be taken";
  EXPECT_FALSE(queue.Pop());

  BoundedQueue<int> empty(1);
  std::thread consumer([&] { EXPECT_FALSE(empty.Pop()); });
  empty.Close();
  consumer.join();
}

}  // namespace
}  // namespace yixin
