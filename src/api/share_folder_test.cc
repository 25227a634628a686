#include "api/share_folder.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>

namespace yixin {
namespace {

namespace fs = std::filesystem;

class ShareFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "yixin_share_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path MakeFolder(const fs::path& below) {
    fs::create_directories(root_ / below);
    return root_ / below;
  }
  void MakeFile(const fs::path& below) { std::ofstream(root_ / below) << "x"; }

  fs::path root_;
};

TEST_F(ShareFolder, OfAnInstalledTree) {
  MakeFolder("share/yixin/tasks");
  const fs::path share = root_ / "share" / "yixin";
  EXPECT_EQ(ShareFolderAbove(MakeFolder("bin")), share);
  EXPECT_EQ(ShareFolderAbove(MakeFolder("lib")), share);
  EXPECT_EQ(ShareFolderAbove(MakeFolder("lib/x86_64-linux-gnu")), share);
}

TEST_F(ShareFolder, OfASourceTree) {
  MakeFolder("share/tasks");
  EXPECT_EQ(ShareFolderAbove(MakeFolder("build/release")), fs::path())
      << "some other share/tasks is not ours";
  MakeFile("share/models.toml");
  EXPECT_EQ(ShareFolderAbove(MakeFolder("build/release")), root_ / "share");
  EXPECT_EQ(ShareFolderAbove(MakeFolder("build/release/src/api")), root_ / "share");
  EXPECT_EQ(ShareFolderAbove(MakeFolder("a/b/c/d/e/f/g")), fs::path()) << "not that far";
}

TEST_F(ShareFolder, GivenOrFromTheEnvironment) {
  EXPECT_EQ(FindShareFolder("/some/where"), fs::path("/some/where"));
  ASSERT_EQ(setenv("YIXIN_SHARE", "/else/where", 1), 0);
  EXPECT_EQ(FindShareFolder(""), fs::path("/else/where"));
  EXPECT_EQ(FindShareFolder("/some/where"), fs::path("/some/where"));
  unsetenv("YIXIN_SHARE");
  EXPECT_EQ(FindShareFolder("").filename(), fs::path("share")) << "this source tree's";
}

TEST_F(ShareFolder, TasksByNameOrPath) {
  MakeFolder("tasks");
  MakeFile("tasks/b.zh.toml");
  MakeFile("tasks/a.toml");
  MakeFile("tasks/notes.txt");
  EXPECT_EQ(*FindTask(root_, "b.zh"), root_ / "tasks" / "b.zh.toml");
  EXPECT_EQ(*FindTask(root_, "./x"), fs::path("./x"));
  EXPECT_EQ(*FindTask(root_, "my.toml"), fs::path("my.toml"));
  const auto files = ListTasks(root_);
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ((*files)[0].filename(), fs::path("a.toml"));
  const auto unknown = FindTask(root_, "b");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_NE(unknown.error().message.find("there are a, b.zh"), std::string::npos);
  EXPECT_EQ(FindTask(root_, "").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(FindTask("", "a").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace yixin
