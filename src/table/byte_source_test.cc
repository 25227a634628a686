#include "table/byte_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "support/temporary_folder.h"

namespace yixin {
namespace {

std::string ReadAll(ByteSource& source) {
  std::string all;
  std::array<char, 3> block;
  while (true) {
    const Result<size_t> got = source.Read(block);
    EXPECT_TRUE(got);
    if (!got || *got == 0) return all;
    all.append(block.data(), *got);
  }
}

std::string WriteFile(const TemporaryFolder& folder, std::string_view bytes) {
  std::string path = folder.path() / "in.csv";
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST(FileSourceTest, ReadsAndSkips) {
  const TemporaryFolder folder;
  const std::string path = WriteFile(folder, "0123456789");
  Result<FileSource> source = FileSource::Open(path);
  ASSERT_TRUE(source);
  ASSERT_TRUE(source->Skip(4));
  EXPECT_EQ(ReadAll(*source), "456789");
  EXPECT_TRUE(source->Skip(0));
  EXPECT_EQ(source->Skip(1).error().code, ErrorCode::kInvalidFile);
}

TEST(FileSourceTest, SkippingPastTheEndSaysHowMuchIsMissing) {
  const TemporaryFolder folder;
  Result<FileSource> source = FileSource::Open(WriteFile(folder, "0123456789"));
  ASSERT_TRUE(source);
  const Status skipped = source->Skip(13);
  ASSERT_FALSE(skipped);
  EXPECT_NE(skipped.error().message.find("ends 3 bytes before"), std::string::npos);
}

TEST(FileSourceTest, PipesSkipByReading) {
  std::array<int, 2> ends;
  ASSERT_EQ(pipe(ends.data()), 0);
  ASSERT_EQ(write(ends[1], "0123456789", 10), 10);
  close(ends[1]);
  FileSource source(ends[0], "standard input");
  ASSERT_TRUE(source.Skip(7));
  EXPECT_EQ(ReadAll(source), "789");
  EXPECT_FALSE(source.Skip(1));
  close(ends[0]);
}

TEST(FileSourceTest, SaysWhyItCannotOpen) {
  const TemporaryFolder folder;
  EXPECT_EQ(FileSource::Open(folder.path() / "none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(FileSource::Open(folder.path()).error().code, ErrorCode::kInvalidFile);
}

TEST(FileSourceTest, StopsOnRequest) {
  const TemporaryFolder folder;
  StopFlag stop;
  Result<FileSource> source = FileSource::Open(WriteFile(folder, "0123"), &stop);
  ASSERT_TRUE(source);
  stop.Request();
  std::array<char, 4> block;
  EXPECT_EQ(source->Read(block).error().code, ErrorCode::kCancelled);
}

TEST(FileSourceTest, AMovedSourceIsClosedOnce) {
  const TemporaryFolder folder;
  Result<FileSource> source = FileSource::Open(WriteFile(folder, "0123"));
  ASSERT_TRUE(source);
  FileSource moved = *std::move(source);
  { const FileSource taken = std::move(moved); }
  std::array<char, 4> block;
  EXPECT_FALSE(moved.Read(block));  // NOLINT(bugprone-use-after-move): its descriptor is closed
}

TEST(MemorySourceTest, GivesPieces) {
  MemorySource source("0123456", 2);
  std::array<char, 5> block;
  EXPECT_EQ(*source.Read(block), 2u);
  ASSERT_TRUE(source.Skip(4));
  EXPECT_EQ(ReadAll(source), "6");
}

}  // namespace
}  // namespace yixin
