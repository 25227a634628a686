#include "store/lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "store/test_hub.h"

namespace yixin {
namespace {

TEST(PullLockTest, TheSecondOneIsBusyOrWaits) {
  const TestFolder folder;
  const auto path = folder.path() / "locks" / "model";
  auto first = std::make_unique<PullLock>(PullLock::Acquire(path, {}).value());
  const auto busy = PullLock::Acquire(path, {.wait = false});
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, ErrorCode::kBusy);

  std::atomic<int> waits = 0;
  std::thread other([&] {
    const auto second = PullLock::Acquire(path, {.on_waiting = [&] { ++waits; }});
    EXPECT_TRUE(second);
  });
  while (waits == 0) std::this_thread::yield();
  first.reset();
  other.join();
  EXPECT_EQ(waits, 1) << "said once";
  EXPECT_TRUE(PullLock::Acquire(path, {.wait = false})) << "the file that stays means nothing";
}

TEST(PullLockTest, WaitingStopsOnRequest) {
  const TestFolder folder;
  const auto path = folder.path() / "model";
  const auto first = PullLock::Acquire(path, {});
  StopFlag stop;
  const auto second =
      PullLock::Acquire(path, {.on_waiting = [&] { stop.Request(); }, .stop = &stop});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kCancelled);
}

TEST(PullLockTest, AKilledProcessHoldsNothing) {
  const TestFolder folder;
  const auto path = folder.path() / "model";
  std::array<int, 2> ready{};
  ASSERT_EQ(pipe(ready.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = PullLock::Acquire(path, {});
    const char byte = lock ? 'y' : 'n';
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_FALSE(PullLock::Acquire(path, {.wait = false}));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(PullLock::Acquire(path, {.wait = false}));
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace yixin
