// Listings that lie, and which files make up a model.
#include "store/hub_folder.h"

#include <gtest/gtest.h>

#include "store/sha256.h"
#include "store/test_hub.h"

namespace yixin {
namespace {

using Names = std::vector<std::string>;

TEST(HubFolderName, WhatIsOne) {
  for (const auto& [what, repo, revision] :
       {std::tuple("hf:Qwen/Qwen1.5-0.5B", "Qwen/Qwen1.5-0.5B", ""),
        {"Qwen/Qwen1.5-0.5B", "Qwen/Qwen1.5-0.5B", ""},
        {"hf:a/b@main", "a/b", ""},
        {"hf:a/b@v1.0", "a/b", "v1.0"},
        {"hf:a/b@refs/pr/1", "a/b", "refs/pr/1"}}) {
    const auto name = ParseHubFolderName(what);
    ASSERT_TRUE(name) << what;
    EXPECT_EQ(name->repo, repo);
    EXPECT_EQ(name->revision, revision);
  }
  EXPECT_EQ(ParseHubFolderName("hf:a/b@v1")->ModelName(), "a/b@v1");
  EXPECT_EQ(ParseHubFolderName("hf:a/b")->FolderName(), "b");
}

TEST(HubFolderName, WhatIsNone) {
  for (const char* what : {"",
                           "hf:",
                           "hf:a",
                           "hf:a/",
                           "hf:/b",
                           "hf:a/b/c",
                           "hf:a/b/c@v1",
                           "hf:a/b@",
                           "hf:a/b@../x",
                           "hf:a/b@x y",
                           "hf:a/b@-x",
                           "hf:a/b@a@b",
                           "hf:a/b@x/",
                           "hf:a/..",
                           "hf:../b",
                           "hf:a/b\n",
                           "./b",
                           "/b",
                           "hf:a/manifest.json",
                           "hf:a/x.partial",
                           "a/b@\xff"}) {
    EXPECT_FALSE(ParseHubFolderName(what)) << what;
  }
  EXPECT_FALSE(ParseHubFolderName("hf:a/b@" + std::string(201, 'x')));
}

TEST(HubRevision, TheCommitAndTheLicence) {
  const std::string commit(40, 'a');
  const auto revision =
      ParseHubRevision(R"({"sha": ")" + commit + R"(", "tags": [1, "x", "license:mit"]})", "a/b");
  ASSERT_TRUE(revision) << revision.error().message;
  EXPECT_EQ(revision->commit, commit);
  EXPECT_EQ(revision->licence, "mit");
  EXPECT_EQ(
      ParseHubRevision(R"({"sha": ")" + commit + R"(", "tags": ["license:a\nb"]})", "")->licence,
      "");
  const std::string deep(100'000, '[');
  for (const std::string& bad :
       {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"sha": 3})"),
        std::string(R"({"sha": "main"})"), R"({"sha": "../)" + commit.substr(3) + "\"}",
        R"({"sha": ")" + std::string(40, 'A') + "\"}", std::string("<html>"), deep}) {
    const auto refused = ParseHubRevision(bad, "a/b");
    ASSERT_FALSE(refused) << bad.substr(0, 80);
    EXPECT_EQ(refused.error().code, ErrorCode::kVerification);
    EXPECT_TRUE(refused.error().message.starts_with("a/b: "));
  }
}

std::string Entry(const std::string& name, const std::string& size = "5") {
  return R"({"type": "file", "path": ")" + name + R"(", "size": )" + size + R"(, "oid": ")" +
         std::string(40, '1') + "\"}";
}

std::string List(const std::string& entries) {
  std::string list = "[";
  list += entries;
  list += ']';
  return list;
}

TEST(HubTree, NamesSizesAndHashes) {
  const std::string sha256(64, 'b');
  const std::string folder = R"({"type": "directory", "path": "onnx", "size": 0})";
  const std::string weights = R"({"type": "file", "path": "model.safetensors", "size": 12,
      "oid": "x", "lfs": {"oid": ")" +
                              sha256 + R"(", "size": 12}})";
  const auto files = ParseHubTree(
      List(Entry("config.json") + ',' + folder + ',' + Entry("onnx/model.onnx") + ',' + weights),
      "a/b");
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), 2U) << "folders and what is in them are left out";
  EXPECT_EQ((*files)[0].name, "config.json");
  EXPECT_EQ((*files)[0].bytes, 5U);
  EXPECT_EQ((*files)[0].git_oid, std::string(40, '1'));
  EXPECT_EQ((*files)[0].sha256, "");
  EXPECT_EQ((*files)[1].sha256, sha256);
}

TEST(HubTree, ListingsThatLieAreRefusedWhole) {
  for (const std::string& bad :
       {Entry("../config.json"),
        Entry("/etc/passwd"),
        Entry(""),
        Entry("."),
        Entry(".."),
        Entry("a/../b"),
        Entry("a//b"),
        Entry("a/"),
        Entry("a\\\\b"),
        Entry("a\\u0000b"),
        Entry("a\\nb"),
        Entry("a\\u001bb"),
        Entry(std::string(600, 'x')),
        Entry("a\xff"),
        Entry("a", "-1"),
        Entry("a", "1.5"),
        Entry("a", "\"5\""),
        Entry("a", "null"),
        Entry("a", "1e400"),
        Entry("config.json") + "," + Entry("config.json"),
        std::string("3"),
        std::string("{}"),
        std::string("null"),
        std::string("[[]]"),
        std::string(R"({"type": "file", "size": 1})"),
        std::string(R"({"type": "file", "path": ["a"], "size": 1})"),
        std::string(R"({"type": "file", "path": "a", "size": 1, "lfs": {"size": 2}})"),
        std::string(R"({"type": "directory", "path": "../a", "size": 0})")}) {
    const auto files = ParseHubTree(List(bad), "a/b");
    ASSERT_FALSE(files) << bad.substr(0, 80);
    EXPECT_EQ(files.error().code, ErrorCode::kVerification);
    for (const char c : files.error().message) EXPECT_GE(static_cast<unsigned char>(c), 0x20U);
    EXPECT_LT(files.error().message.size(), 400U);
  }
  std::string many = Entry("0");
  for (int i = 1; i <= 5000; ++i) many.append(1, ',').append(Entry(std::to_string(i)));
  EXPECT_FALSE(ParseHubTree(List(many), "a/b"));
  EXPECT_FALSE(ParseHubTree("{}", "a/b"));
  EXPECT_FALSE(ParseHubTree("", "a/b"));
}

TEST(HubTree, HashesThatAreNoneCountAsNone) {
  const auto files = ParseHubTree(
      R"([{"type": "file", "path": "a", "size": 1, "oid": "../x"},
          {"type": "file", "path": "b", "size": 1, "lfs": {"oid": "short"}}])",
      "a/b");
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_EQ((*files)[0].git_oid, "");
  EXPECT_EQ((*files)[1].sha256, "");
}

TEST(ModelScope, ItsOwnForm) {
  const std::string sha256(64, 'c');
  const auto files = ParseModelScopeFiles(
      R"({"Code": 200, "Data": {"Files": [
          {"Path": "config.json", "Size": 3, "Type": "blob", "Sha256": ")" +
          sha256 + R"("},
          {"Path": "sub", "Size": 0, "Type": "tree"}]}})",
      "a/b");
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ((*files)[0].sha256, sha256);
  for (const char* bad :
       {"[]", "{}", R"({"Data": 3})", R"({"Data": {"Files": {}}})",
        R"({"Data": {"Files": [{"Path": "../a", "Size": 3, "Type": "blob"}]}})"}) {
    EXPECT_FALSE(ParseModelScopeFiles(bad, "a/b")) << bad;
  }
}

std::vector<HubFile> Listed(const Names& names) {
  std::vector<HubFile> files;
  for (const std::string& name : names) files.push_back({name, 10, "", ""});
  return files;
}

Names Chosen(const Names& names) {
  const auto files = ChooseModelFiles(Listed(names), "a/b");
  if (!files) return {files.error().message};
  Names chosen;
  for (const HubFile& file : *files) chosen.push_back(file.name);
  return chosen;
}

TEST(ChooseModelFiles, OneFileOrItsParts) {
  EXPECT_EQ(Chosen({"README.md", "model.safetensors", "tokenizer.json", "model.fp16.safetensors",
                    "pytorch_model.bin", "tf_model.h5", "flax_model.msgpack", "model.onnx",
                    "model.gguf", "picture.png", "config.json", "consolidated.safetensors"}),
            (Names{"config.json", "tokenizer.json", "model.safetensors"}));
  EXPECT_EQ(Chosen({"model-00002-of-00002.safetensors", "merges.txt", "vocab.json", "config.json",
                    "model.safetensors.index.json", "model-00001-of-00002.safetensors",
                    "chat_template.jinja", "LICENSE"}),
            (Names{"config.json", "vocab.json", "merges.txt", "chat_template.jinja", "LICENSE",
                   "model.safetensors.index.json", "model-00001-of-00002.safetensors",
                   "model-00002-of-00002.safetensors"}));
}

TEST(ChooseModelFiles, WhatIsNoModelSaysWhatItIs) {
  const auto expect = [](const Names& names, const char* part) {
    const auto files = ChooseModelFiles(Listed(names), "a/b");
    ASSERT_FALSE(files) << part;
    EXPECT_EQ(files.error().code, ErrorCode::kUnsupported);
    EXPECT_NE(files.error().message.find(part), std::string::npos) << files.error().message;
  };
  expect({}, "neither model.safetensors");
  expect({"config.json", "m-q4_k_m.gguf", "x.bin"}, "yixin pull hf:a/b/FILE");
  expect({"config.json", "tokenizer.json", "pytorch_model.bin"}, "pickle");
  expect({"tokenizer.json", "model.safetensors"}, "config.json");
  expect({"config.json", "vocab.json", "tokenizer.model", "model.safetensors"}, "merges.txt");
  const Names sharded = {"config.json", "tokenizer.json", "model.safetensors.index.json"};
  const auto with = [&](Names more) {
    more.insert(more.end(), sharded.begin(), sharded.end());
    return more;
  };
  expect(with({}), "0 of the 0 parts");
  expect(with({"model-00001-of-00002.safetensors"}), "1 of the 2 parts");
  expect(with({"model-00001-of-00002.safetensors", "model-00001-of-00003.safetensors"}),
         "two different divisions");
  expect(with({"model-00001-of-0000x.safetensors"}), "0 of the 0 parts");
}

TEST(ChooseModelFiles, TwinsAndSizesBeyondReason) {
  const auto refused = [](std::vector<HubFile> listed) {
    for (const char* name : {"config.json", "tokenizer.json"}) listed.push_back({name, 1, "", ""});
    const auto files = ChooseModelFiles(listed, "a/b");
    return !files && files.error().code == ErrorCode::kVerification;
  };
  constexpr uint64_t kGiB = uint64_t{1} << 30;
  EXPECT_FALSE(refused({{"model.safetensors", 64 * kGiB, "", ""}}));
  EXPECT_FALSE(refused(
      {{"model.safetensors", 1, "", ""}, {"README.md", 1, "", ""}, {"readme.md", 1, "", ""}}));
  EXPECT_TRUE(refused({{"model.safetensors", 64 * kGiB + 1, "", ""}}));
  EXPECT_TRUE(refused({{"model.safetensors", UINT64_MAX, "", ""}}));
  EXPECT_TRUE(refused({{"model.safetensors", 1, "", ""}, {"merges.txt", kGiB, "", ""}}));
  EXPECT_TRUE(refused({{"model.safetensors", 1, "", ""}, {"Model.safetensors", 1, "", ""}}));
  EXPECT_TRUE(refused({{"model.safetensors", 1, "", ""}, {"CONFIG.json", 1, "", ""}}));
  std::vector<HubFile> parts = {{"model.safetensors.index.json", 1, "", ""}};
  for (int i = 1; i <= 300; ++i) {
    const std::string number = std::to_string(100'000 + i).substr(1);
    parts.push_back({"model-" + number + "-of-00300.safetensors", 1, "", ""});
  }
  EXPECT_TRUE(refused(parts));
  parts.resize(201);
  for (HubFile& part : parts) {
    part.bytes = 2 * kGiB;
    const size_t of = part.name.find("00300");
    if (of != std::string::npos) part.name.replace(of, 5, "00200");
  }
  parts[0].bytes = 1;
  EXPECT_TRUE(refused(parts)) << "400 GiB in all";
}

TEST(GitBlob, NamesAsGitGivesThem) {
  // printf 'hello\n' | git hash-object --stdin
  EXPECT_TRUE(IsGitBlob("hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"));
  EXPECT_TRUE(IsGitBlob("", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"));
  EXPECT_TRUE(IsGitBlob("", "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"));
  EXPECT_FALSE(IsGitBlob("hello", "ce013625030ba8dba906f756967f9e9ca394464a"));
  EXPECT_FALSE(IsGitBlob("", ""));
}

TEST(ChatTemplate, WhereOneIs) {
  const TestFolder folder;
  EXPECT_FALSE(HasChatTemplate(folder.path()));
  const auto config = folder.path() / "tokenizer_config.json";
  for (const char* none :
       {"{}", "[]", "{", R"({"chat_template": null})", R"({"chat_template": ""})"}) {
    WriteFile(config, none);
    EXPECT_FALSE(HasChatTemplate(folder.path())) << none;
  }
  WriteFile(config, std::string(100'000, '['));
  EXPECT_FALSE(HasChatTemplate(folder.path()));
  for (const char* some : {R"({"chat_template": "{{ x }}"})",
                           R"({"chat_template": [{"name": "default", "template": "x"}]})"}) {
    WriteFile(config, some);
    EXPECT_TRUE(HasChatTemplate(folder.path())) << some;
  }
  std::filesystem::remove(config);
  WriteFile(folder.path() / "chat_template.jinja", "x");
  EXPECT_TRUE(HasChatTemplate(folder.path()));
}

}  // namespace
}  // namespace yixin
