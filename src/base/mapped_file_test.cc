#include "base/mapped_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace yixin {
namespace {

class MappedFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(testing::TempDir()) / ("mapped_file_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(MappedFileTest, MapsBytes) {
  std::ofstream(folder_ / "file") << "hello";
  auto file = MappedFile::Open(folder_ / "file");
  ASSERT_TRUE(file) << file.error().message;
  const MappedFile moved = *std::move(file);
  EXPECT_EQ(moved.bytes().size(), 5u);
  EXPECT_EQ(moved.bytes()[0], std::byte{'h'});
  moved.Release(moved.bytes());
  EXPECT_EQ(moved.bytes()[4], std::byte{'o'});
}

TEST_F(MappedFileTest, AnIdentityChangesWithTheFile) {
  std::ofstream(folder_ / "file") << "hello";
  MappedFile file = *MappedFile::Open(folder_ / "file");
  const MappedFile moved = std::move(file);
  EXPECT_EQ(moved.identity(), *ReadFileIdentity(folder_ / "file"));
  EXPECT_EQ(moved.identity().size, 5u);
  EXPECT_EQ(MappedFile().identity(), FileIdentity{});
  std::filesystem::copy_file(folder_ / "file", folder_ / "copy");
  EXPECT_NE(moved.identity(), *ReadFileIdentity(folder_ / "copy"));
  std::filesystem::rename(folder_ / "file", folder_ / "renamed");
  EXPECT_EQ(moved.identity(), *ReadFileIdentity(folder_ / "renamed"));
  EXPECT_EQ(ReadFileIdentity(folder_ / "file").error().code, ErrorCode::kNotFound);
  const auto later = std::filesystem::last_write_time(folder_ / "renamed");
  std::filesystem::last_write_time(folder_ / "renamed", later + std::chrono::nanoseconds(1));
  EXPECT_NE(moved.identity(), *ReadFileIdentity(folder_ / "renamed"));
}

TEST_F(MappedFileTest, EmptyFileIsEmptySpan) {
  std::ofstream(folder_ / "empty").flush();
  EXPECT_EQ(MappedFile::Open(folder_ / "empty")->bytes().size(), 0u);
}

TEST_F(MappedFileTest, OnlyRegularFiles) {
  EXPECT_EQ(MappedFile::Open(folder_).error().code, ErrorCode::kInvalidFile);
  ASSERT_EQ(mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(MappedFile::Open(folder_ / "fifo").error().code, ErrorCode::kInvalidFile);
  EXPECT_EQ(MappedFile::Open(folder_ / "none").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace yixin
