#include "store/file_io.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "store/sha256.h"
#include "store/test_hub.h"

namespace yixin {
namespace {

TEST(FileIo, OnlyRegularFilesAreOpened) {
  const TestFolder folder;
  const auto fifo = folder.path() / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  // Neither may block: a FIFO without a writer does, where it is opened plainly.
  for (const auto& path : {fifo, folder.path(), std::filesystem::path("/dev/zero")}) {
    const auto file = OpenFile(path, O_RDONLY);
    ASSERT_FALSE(file) << path;
    EXPECT_EQ(file.error().code, ErrorCode::kInvalidFile);
  }
  EXPECT_EQ(OpenFile(folder.path() / "no", O_RDONLY).error().code, ErrorCode::kNotFound);
}

TEST(FileIo, AFullDiskIsSaidInPlainWords) {
  const FileHandle full(open("/dev/full", O_WRONLY));
  ASSERT_GE(full.fd(), 0);
  const std::string bytes(100, 'x');
  const auto status = WriteAll(full.fd(), std::as_bytes(std::span(bytes)), "model.gguf");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
  EXPECT_NE(status.error().message.find("the disk is full"), std::string::npos)
      << status.error().message;
}

TEST(FileIo, ReplaceLeavesTheOldTextOrTheNew) {
  const TestFolder folder;
  const auto path = folder.path() / "manifest.json";
  ASSERT_TRUE(ReplaceFile(path, "old"));
  ASSERT_TRUE(ReplaceFile(path, "new"));
  EXPECT_EQ(ReadAll(path), "new");
  EXPECT_FALSE(ReplaceFile(folder.path() / "no" / "manifest.json", "x"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(FileIo, SmallFilesAreBounded) {
  const TestFolder folder;
  WriteFile(folder.path() / "file", std::string(100000, 'x'));
  EXPECT_EQ(ReadSmallFile(folder.path() / "file", 100000)->size(), 100000U);
  EXPECT_EQ(ReadSmallFile(folder.path() / "file", 99999).error().code, ErrorCode::kInvalidFile);
}

TEST(Sha256Test, TheStandardsExamples) {
  Sha256 hash;
  EXPECT_EQ(hash.HexDigest(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const std::string abc = "abc";
  hash.Update(std::as_bytes(std::span(abc)).first(1));
  const std::string after_a = hash.HexDigest();
  hash.Update(std::as_bytes(std::span(abc)).subspan(1));
  EXPECT_EQ(hash.HexDigest(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_NE(after_a, hash.HexDigest()) << "a digest may be asked for on the way";
}

TEST(Sha256Test, OfAFile) {
  const TestFolder folder;
  WriteFile(folder.path() / "file", std::string(1000000, 'a'));
  EXPECT_EQ(Sha256OfFile(folder.path() / "file", nullptr).value(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(Sha256OfFile(folder.path() / "no", nullptr).error().code, ErrorCode::kNotFound);
  StopFlag stop;
  stop.Request();
  EXPECT_EQ(Sha256OfFile(folder.path() / "file", &stop).error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace yixin
