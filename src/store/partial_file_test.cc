#include "store/partial_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "store/test_hub.h"

namespace yixin {
namespace {

std::span<const std::byte> Bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(PartialFileTest, GoesOnWithWhatIsThere) {
  const TestFolder folder;
  const auto path = folder.path() / "model.gguf";
  {
    auto file = PartialFile::Open(path, nullptr);
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE(file->Append(Bytes("ab")));
  }
  auto file = PartialFile::Open(path, nullptr);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->size(), 2U);
  ASSERT_TRUE(file->Append(Bytes("c")));
  EXPECT_EQ(file->HexDigest(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_TRUE(file->Commit());
  EXPECT_EQ(ReadAll(path), "abc");
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".partial"));
}

TEST(PartialFileTest, ResetAndDiscard) {
  const TestFolder folder;
  auto file = PartialFile::Open(folder.path() / "model.gguf", nullptr);
  ASSERT_TRUE(file->Append(Bytes("wrong")));
  ASSERT_TRUE(file->Reset());
  EXPECT_EQ(file->size(), 0U);
  ASSERT_TRUE(file->Append(Bytes("abc")));
  EXPECT_EQ(ReadAll(file->path()), "abc");
  EXPECT_EQ(file->HexDigest(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  file->Discard();
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(PartialFileTest, AWriteThatFailsHalfwayLeavesThePrefix) {
  const TestFolder folder;
  auto file = PartialFile::Open(folder.path() / "model.gguf", nullptr);
  ASSERT_TRUE(file->Append(Bytes("abc")));
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  const rlimit small{10, old_limit.rlim_max};
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const auto status = file->Append(Bytes(std::string(100, 'x')));
  setrlimit(RLIMIT_FSIZE, &old_limit);
  signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
  EXPECT_EQ(file->size(), 3U);
  EXPECT_EQ(ReadAll(file->path()), "abc");
  ASSERT_TRUE(file->Append(Bytes("d")));
  EXPECT_EQ(ReadAll(file->path()), "abcd");
}

}  // namespace
}  // namespace yixin
