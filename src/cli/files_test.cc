#include "cli/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace yixin {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/yixin-files-XXXXXX";
    folder_ = mkdtemp(path);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string In(const char* name) const { return (folder_ / name).string(); }
  size_t Count() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  fs::path folder_;
};

TEST_F(Files, WriteThenRead) {
  const std::string contents("a\0b\n", 4);
  ASSERT_TRUE(WriteWholeFile(In("x"), contents));
  EXPECT_EQ(*ReadWholeFile(In("x"), 100), contents);
  EXPECT_EQ(fs::status(In("x")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(Count(), 1u);  // no temporary file is left
}

TEST_F(Files, WriteReplacesAndFollowsLinks) {
  ASSERT_TRUE(WriteWholeFile(In("x"), "old"));
  fs::create_symlink("x", In("link"));
  ASSERT_TRUE(WriteWholeFile(In("link"), "new"));
  EXPECT_TRUE(fs::is_symlink(In("link")));
  EXPECT_EQ(*ReadWholeFile(In("x"), 100), "new");
}

TEST_F(Files, WriteErrorsLeaveNothing) {
  EXPECT_EQ(WriteWholeFile(In("no/such/x"), "a").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(WriteWholeFile(folder_.string(), "a").error().code, ErrorCode::kIo);
  EXPECT_EQ(WriteWholeFile("", "a").error().code, ErrorCode::kIo);
  EXPECT_EQ(Count(), 0u);
}

TEST_F(Files, ReadErrors) {
  EXPECT_EQ(ReadWholeFile(In("none"), 100).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ReadWholeFile(folder_.string(), 100).error().code, ErrorCode::kInvalidFile);
  ASSERT_EQ(mkfifo(In("fifo").c_str(), 0600), 0);
  EXPECT_EQ(ReadWholeFile(In("fifo"), 100).error().code, ErrorCode::kInvalidFile);
  ASSERT_TRUE(WriteWholeFile(In("big"), std::string(101, 'x')));
  EXPECT_EQ(ReadWholeFile(In("big"), 100).error().code, ErrorCode::kInvalidFile);
  EXPECT_TRUE(ReadWholeFile(In("big"), 101));
}

TEST_F(Files, HistoryPathFollowsXdg) {
  const std::string state = In("state");
  setenv("XDG_STATE_HOME", state.c_str(), 1);
  EXPECT_EQ(HistoryPath(), state + "/yixin/history");
  EXPECT_EQ(fs::status(state + "/yixin").permissions(), fs::perms::owner_all);
  setenv("XDG_STATE_HOME", "relative", 1);
  setenv("HOME", folder_.c_str(), 1);
  EXPECT_EQ(HistoryPath(), In(".local/state/yixin/history"));
  unsetenv("XDG_STATE_HOME");
  unsetenv("HOME");
  EXPECT_EQ(HistoryPath(), "");
}

}  // namespace
}  // namespace yixin
