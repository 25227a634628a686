#include "bulk/content_hash.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "support/temporary_folder.h"

namespace yixin {
namespace {

// FIPS 180-4's examples.
constexpr const char* kNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

void Write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST(ContentHash, KnownValues) {
  ContentHash hash;
  EXPECT_EQ(hash.Hex(), kNothing);
  hash.Add("a");
  EXPECT_NE(hash.Hex(), kAbc);
  hash.Add("bc");
  EXPECT_EQ(hash.Hex(), kAbc) << "it goes on behind Hex";
}

TEST(ContentHash, FilesAndTheirBeginnings) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "f";
  Write(path, "abcdef");
  const int fd = open(path.c_str(), O_RDONLY);
  const auto hash = HashDescriptor(fd, path, nullptr, 3);
  ASSERT_TRUE(hash);
  EXPECT_EQ(hash->Hex(), kAbc);
  EXPECT_EQ(HashDescriptor(fd, path, nullptr, 7).error().code, ErrorCode::kVerification);
  StopFlag stop;
  stop.Request();
  EXPECT_EQ(HashDescriptor(fd, path, &stop).error().code, ErrorCode::kCancelled);
  close(fd);
  Write(path, "abc");
  EXPECT_EQ(*HashPath(path, nullptr), kAbc);
  EXPECT_EQ(HashPath(path + "x", nullptr).error().code, ErrorCode::kNotFound);
}

TEST(ContentHash, AFolderIsItsFilesAndTheirNames) {
  const TemporaryFolder folder;
  Write(folder.path() / "a", "1");
  Write(folder.path() / "b", "2");
  const std::string before = *HashPath(folder.path(), nullptr);
  EXPECT_EQ(*HashPath(folder.path(), nullptr), before);
  std::filesystem::rename(folder.path() / "b", folder.path() / "c");
  EXPECT_NE(*HashPath(folder.path(), nullptr), before);
  std::filesystem::rename(folder.path() / "c", folder.path() / "b");
  EXPECT_EQ(*HashPath(folder.path(), nullptr), before);
  Write(folder.path() / "b", "3");
  EXPECT_NE(*HashPath(folder.path(), nullptr), before);
}

}  // namespace
}  // namespace yixin
