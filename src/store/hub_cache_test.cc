#include "store/hub_cache.h"

#include <gtest/gtest.h>

#include "store/test_hub.h"

namespace yixin {
namespace {

TEST(HubCache, FindsSnapshotsTheMainOneFirst) {
  const TestFolder folder;
  const auto root = folder.path() / "models--Org--Repo";
  const std::string blob(64, 'b');
  WriteFile(root / "blobs" / blob, "model");
  WriteFile(root / "refs" / "main", "bbbb\n");
  WriteFile(root / "snapshots" / "aaaa" / "sub" / "m.gguf", "older");
  WriteFile(root / "snapshots" / "cccc" / "sub" / "m.gguf", "other");
  std::filesystem::create_directories(root / "snapshots" / "bbbb" / "sub");
  std::filesystem::create_symlink("../../../blobs/" + blob,
                                  root / "snapshots" / "bbbb" / "sub" / "m.gguf");
  std::filesystem::create_directories(root / "snapshots" / "dddd" / "sub" / "m.gguf");
  std::filesystem::create_directories(root / "snapshots" / "eeee");
  std::filesystem::create_symlink("gone", root / "snapshots" / "eeee" / "sub");

  const auto files = FindInHubCache(folder.path(), "Org/Repo", "sub/m.gguf");
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].path, root / "snapshots" / "bbbb" / "sub" / "m.gguf");
  EXPECT_EQ(files[0].sha256, blob);
  EXPECT_EQ(files[1].sha256, "");
}

TEST(HubCache, NothingThereOrNoSuchName) {
  const TestFolder folder;
  EXPECT_TRUE(FindInHubCache(folder.path(), "Org/Repo", "m.gguf").empty());
  EXPECT_TRUE(FindInHubCache("", "Org/Repo", "m.gguf").empty());
  WriteFile(folder.path() / "models--a--b" / "secret", "x");
  WriteFile(folder.path() / "models--a--b" / "snapshots" / "s" / "m", "x");
  EXPECT_TRUE(FindInHubCache(folder.path(), "a/b", "../../secret").empty());
  EXPECT_TRUE(FindInHubCache(folder.path(), "a/../b", "m").empty());
  EXPECT_TRUE(FindInHubCache(folder.path(), "ab", "m").empty());
}

}  // namespace
}  // namespace yixin
