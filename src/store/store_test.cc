#include "store/store.h"

#include <gtest/gtest.h>

#include "store/dead_hosts.h"
#include "store/lock.h"
#include "store/test_hub.h"

namespace yixin {
namespace {

TEST_F(StoreTest, OpensWithoutTouchingTheDisk) {
  const Store store = OpenStore();
  EXPECT_TRUE(store.List().value().empty());
  EXPECT_EQ(store.Find("tiny").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(store.home()));
}

TEST_F(StoreTest, CatalogErrorsNameTheFile) {
  options_.catalog_path = folder_.path() / "models.toml";
  EXPECT_EQ(Store::Open(options_).error().code, ErrorCode::kNotFound);
  WriteFile(options_.catalog_path, "default = 3");
  const auto broken = Store::Open(options_);
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("models.toml: line 1: default"), std::string::npos)
      << broken.error().message;
}

TEST_F(StoreTest, FindSaysHowToGetIt) {
  const Store store = OpenStore();
  EXPECT_NE(store.Find("tiny").error().message.find("yixin pull tiny"), std::string::npos);
  EXPECT_NE(store.Find("tiyn").error().message.find("yixin models"), std::string::npos);
  EXPECT_EQ(store.Find("").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store.Find("./no.gguf").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store.Find("/dev/zero").error().code, ErrorCode::kInvalidFile);
  for (const char* hostile : {"../../etc", "..", ".", "a/../..", "\xff", "hf:../.."}) {
    EXPECT_FALSE(store.Find(hostile)) << hostile;
  }
}

TEST_F(StoreTest, FindsAPathThatNobodyPulled) {
  const auto path = folder_.path() / "mine.gguf";
  WriteFile(path, "bytes");
  const auto model = OpenStore().Find(path.string());
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->path, path);
  EXPECT_EQ(model->name, "mine.gguf");
  EXPECT_EQ(model->bytes, 5U);
  EXPECT_FALSE(model->verified);
}

TEST_F(StoreTest, NamesNeverLeaveTheStoreNorCollide) {
  const Store store = OpenStore();
  const auto models = store.home() / "models";
  std::set<std::filesystem::path> folders;
  const std::string names[] = {"a",
                               "..",
                               ".",
                               "../a",
                               "a/b",
                               "a%2Fb",
                               "a--b",
                               "hf:a/b/c",
                               "hf:a/b--c",
                               "模型",
                               std::string(400, 'x'),
                               std::string(401, 'x'),
                               ".hidden"};
  for (const std::string& name : names) {
    const auto folder = store.ModelFolder(name);
    EXPECT_EQ(folder.lexically_normal().parent_path(), models) << name;
    EXPECT_LT(folder.filename().string().size(), 255U);
    EXPECT_TRUE(folders.insert(folder).second) << name;
  }
}

TEST_F(StoreTest, BrokenManifestsAreLeftOut) {
  const Store store = OpenStore();
  WriteFile(store.ModelFolder("tiny") / "manifest.json", "{");
  WriteFile(store.ModelFolder("other") / "manifest.json", std::string(1 << 20, '['));
  EXPECT_TRUE(store.List().value().empty());
  EXPECT_EQ(store.Find("tiny").error().code, ErrorCode::kNotFound);
}

TEST_F(StoreTest, ChecksEveryFileOfEveryModel) {
  options_.network.huggingface = hub_.Url("ok");
  ASSERT_TRUE(PullTiny(OpenStore()));
  options_.network.huggingface = hub_.Url("folder");
  ASSERT_TRUE(Pull(OpenStore(), "hf:org/repo", {}, events_));
  const Store store = OpenStore();
  const auto problems = [&](bool hash) {
    std::string lines;
    const auto checks = store.Check(hash, nullptr);
    EXPECT_TRUE(checks);
    EXPECT_EQ(checks->size(), 1U + 8U);
    for (const auto& check : *checks) {
      if (!check.problem.empty()) lines += check.path.filename().string() + ": " + check.problem;
    }
    return lines;
  };
  EXPECT_EQ(problems(true), "");
  const auto folder = store.ModelFolder("org/repo") / "repo";
  std::string flipped = ReadAll(folder / "tokenizer.json");
  flipped[0] ^= 1;
  WriteFile(folder / "tokenizer.json", flipped);
  EXPECT_EQ(problems(false), "");
  EXPECT_TRUE(problems(true).starts_with("tokenizer.json: expected SHA-256 ")) << problems(true);
  EXPECT_NE(problems(true).find("yixin rm org/repo, then yixin pull hf:org/repo"),
            std::string::npos);
  std::filesystem::remove(folder / "tokenizer.json");
  EXPECT_TRUE(problems(false).starts_with("tokenizer.json: the file is not there"));
  WriteFile(folder / "tokenizer.json", "{}");
  EXPECT_NE(problems(false).find("got 2"), std::string::npos);
  StopFlag stop;
  stop.Request();
  EXPECT_EQ(store.Check(true, &stop).error().code, ErrorCode::kCancelled);
  WriteFile(store.ModelFolder("org/repo") / "manifest.json", "{");
  const auto checks = store.Check(true, nullptr);
  ASSERT_EQ(checks->size(), 2U);
  EXPECT_EQ(checks->at(0).model, "");
  EXPECT_NE(checks->at(0).problem.find("manifest.json"), std::string::npos);
}

TEST_F(StoreTest, RemoveTakesHalfPulledFilesButNotAPullsThatRuns) {
  Store store = OpenStore();
  EXPECT_EQ(store.Remove("tiny").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store.Remove("").error().code, ErrorCode::kNotFound);
  WriteFile(PartialPath(), "half");
  {
    const auto lock = PullLock::Acquire(store.LockPath("tiny"), {});
    EXPECT_EQ(store.Remove("tiny").error().code, ErrorCode::kBusy);
  }
  ASSERT_TRUE(store.Remove("tiny"));
  EXPECT_FALSE(std::filesystem::exists(PartialPath()));
}

TEST_F(StoreTest, WhatLooksLikeAPath) {
  for (const char* path : {"a/b", "./a", "/a", "a.gguf", ".", ".."}) {
    EXPECT_TRUE(Store::LooksLikePath(path)) << path;
  }
  for (const char* name : {"a", "qwen2.5-0.5b", "hf:a/b/c.gguf", ""}) {
    EXPECT_FALSE(Store::LooksLikePath(name)) << name;
  }
}

}  // namespace
}  // namespace yixin
