// The face of the store; what it does is tested in src/store.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>

#include "api/tiny_model_file_test.h"
#include "yixin/store.h"

namespace yixin {
namespace {

TEST(ModelStore, KnowsTheCatalogAndAFileOfOnesOwn) {
  const TinyModelFile file;
  const std::string home = std::filesystem::path(file.path()).parent_path() / "home";
  ASSERT_EQ(setenv("YIXIN_HOME", home.c_str(), 1), 0);
  auto store = ModelStore::Open(SourceShare());
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ(store->folder().rfind(home, 0), 0u);
  const auto models = store->List();
  ASSERT_TRUE(models);
  const auto qwen = std::find_if(models->begin(), models->end(), [](const ModelRecord& record) {
    return record.name == "qwen2.5-0.5b";
  });
  ASSERT_NE(qwen, models->end());
  EXPECT_FALSE(qwen->present);
  EXPECT_EQ(qwen->bytes, 491400032u);
  EXPECT_EQ(qwen->licence, "Apache-2.0");

  std::string said;
  PullProgress progress;
  progress.say = [&](std::string_view line) { said += line; };
  const auto pulled = store->Pull(file.path(), "", progress);
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_TRUE(pulled->present);
  EXPECT_EQ(pulled->sha256.size(), 64u);
  const auto found = store->Find(pulled->name);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, pulled->path);
  EXPECT_EQ(store->List()->size(), models->size() + 1);
  EXPECT_TRUE(store->Remove(pulled->name));
  EXPECT_TRUE(std::filesystem::exists(file.path())) << "a person's own file stays";
  EXPECT_EQ(store->Find("nobody").error().code, ErrorCode::kNotFound);
  unsetenv("YIXIN_HOME");
}

TEST(ModelStore, WithoutACatalog) {
  const auto store = ModelStore::Open("/nonexistent");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace yixin
