#include "base/file_lock.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace yixin {
namespace {

class FileLockTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/file_lock_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  bool IsFree() const {
    const auto lock = FileLock::TryAcquire(folder_ / "lock");
    EXPECT_TRUE(lock) << lock.error().message;
    return lock->has_value();
  }

  std::filesystem::path folder_;
};

TEST_F(FileLockTest, IsHeldUntilItsHolderGoes) {
  {
    auto lock = FileLock::TryAcquire(folder_ / "lock");
    ASSERT_TRUE(lock && *lock);
    EXPECT_FALSE(IsFree());
    const FileLock moved = **std::move(lock);
    EXPECT_FALSE(IsFree());
  }
  EXPECT_TRUE(IsFree());
}

TEST_F(FileLockTest, AKilledHolderGivesItBack) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = FileLock::TryAcquire(folder_ / "lock");
    const char held = lock && *lock ? 'y' : 'n';
    (void)!write(ready[1], &held, 1);
    pause();
    _exit(0);
  }
  char held = 0;
  ASSERT_EQ(read(ready[0], &held, 1), 1);
  EXPECT_EQ(held, 'y');
  EXPECT_FALSE(IsFree());
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(IsFree());
  close(ready[0]);
  close(ready[1]);
}

TEST_F(FileLockTest, WhatCannotBeALockIsAnError) {
  const auto missing = FileLock::TryAcquire(folder_ / "no" / "lock");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kIo);
  EXPECT_FALSE(FileLock::TryAcquire(folder_)) << "a folder";
}

}  // namespace
}  // namespace yixin
