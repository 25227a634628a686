#include "base/mapped_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

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

// Kilobytes of the mapping that begins at this address which are this process's memory.
int ResidentKilobytes(const std::byte* mapping) {
  std::ostringstream address;
  address << std::hex << reinterpret_cast<uintptr_t>(mapping) << '-';
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  while (std::getline(maps, line) && !line.starts_with(address.str())) {
  }
  while (std::getline(maps, line)) {
    if (line.starts_with("Rss:")) return std::atoi(line.c_str() + 4);
  }
  return -1;
}

TEST_F(MappedFileTest, WhatIsReadDoesNotBecomeMemory) {
  std::string text;
  for (int i = 0; text.size() < (1 << 20); ++i) text += std::to_string(i) + ' ';
  std::ofstream(folder_ / "file") << text;
  MappedFile opened = *MappedFile::Open(folder_ / "file");
  const MappedFile file = std::move(opened);
  const auto expected = std::as_bytes(std::span(text));
  std::vector<std::byte> copy(text.size());
  for (const size_t begin : {size_t{0}, size_t{5000}, text.size() - 1, text.size()}) {
    const auto range = file.bytes().subspan(begin);
    ASSERT_TRUE(file.Read(range, copy.data()));
    EXPECT_TRUE(std::ranges::equal(std::span(copy).first(range.size()), expected.subspan(begin)));
  }
  EXPECT_EQ(ResidentKilobytes(file.bytes().data()), 0);
  EXPECT_EQ(file.bytes()[0], std::byte{'0'});
  EXPECT_GT(ResidentKilobytes(file.bytes().data()), 0) << "a page fault is seen";
}

TEST_F(MappedFileTest, ReadsNothingButItsOwnBytes) {
  std::ofstream(folder_ / "file") << "hello";
  const MappedFile file = *MappedFile::Open(folder_ / "file");
  std::vector<std::byte> copy(16);
  EXPECT_FALSE(file.Read({file.bytes().data(), 6}, copy.data())) << "longer than the file";
  EXPECT_FALSE(file.Read({file.bytes().data() + 5, SIZE_MAX}, copy.data()));
  EXPECT_FALSE(file.Read(std::span(copy).first(1), copy.data()));
  EXPECT_FALSE(MappedFile().Read(std::span(copy).first(1), copy.data()));
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
