#include "store/manifest.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

LocalModel Model() {
  LocalModel model;
  model.name = "hf:org/repo/模型.gguf";
  model.path = "/elsewhere/模型.gguf";
  model.sha256 = std::string(64, 'a');
  model.bytes = uint64_t{1} << 40;
  model.licence = "Apache-2.0";
  model.source = "file";
  model.verified = true;
  model.modified_ns = 1'700'000'000'123'456'789;
  model.pulled_unix_s = 1'700'000'000;
  return model;
}

TEST(ManifestTest, RoundTrip) {
  const LocalModel model = Model();
  const auto read = ParseManifest(WriteManifest(model, "/store/x"), "/store/x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->name, model.name);
  EXPECT_EQ(read->path, model.path);
  EXPECT_EQ(read->sha256, model.sha256);
  EXPECT_EQ(read->bytes, model.bytes);
  EXPECT_EQ(read->licence, model.licence);
  EXPECT_EQ(read->source, model.source);
  EXPECT_TRUE(read->verified);
  EXPECT_EQ(read->modified_ns, model.modified_ns);
  EXPECT_EQ(read->pulled_unix_s, model.pulled_unix_s);
}

TEST(ManifestTest, AFileOfTheStoreMovesWithIt) {
  LocalModel model = Model();
  model.path = "/store/x/a.gguf";
  const auto read = ParseManifest(WriteManifest(model, "/store/x"), "/moved/x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->path, "/moved/x/a.gguf");
}

TEST(ManifestTest, AFolderAndItsFiles) {
  LocalModel model = Model();
  model.path = "/store/x/repo";
  model.revision = std::string(40, 'c');
  model.files = {{"config.json", 3, std::string(64, 'd')},
                 {"模型.safetensors", 0, std::string(64, 'e')}};
  const std::string sound = WriteManifest(model, "/store/x");
  const auto read = ParseManifest(sound, "/moved/x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->path, "/moved/x/repo");
  EXPECT_EQ(read->revision, model.revision);
  ASSERT_EQ(read->files.size(), 2U);
  EXPECT_EQ(read->files[1].file, "模型.safetensors");
  EXPECT_EQ(read->files[0].bytes, 3U);
  EXPECT_EQ(read->files[0].sha256, std::string(64, 'd'));
  for (const auto& [from, to] : {std::pair("\"config.json\"", "\"../x\""),
                                 {"\"config.json\"", "\"a/b\""},
                                 {"\"config.json\"", "\"\""},
                                 {"\"config.json\"", "3"},
                                 {"\"bytes\": 3", "\"bytes\": -3"},
                                 {"\"bytes\": 3", "\"octets\": 3"},
                                 {"\"dddd", "\"DDDD"},
                                 {"\"files\": [", "\"files\": [3,"}}) {
    std::string text = sound;
    ASSERT_NE(text.find(from), std::string::npos) << from;
    text.replace(text.find(from), std::string(from).size(), to);
    const auto refused = ParseManifest(text, "/store/x");
    ASSERT_FALSE(refused) << to;
    EXPECT_NE(refused.error().message.find("files:"), std::string::npos);
  }
}

TEST(ManifestTest, BrokenOnesAreErrorsThatNameTheKey) {
  const std::string sound = WriteManifest(Model(), "/store/x");
  for (const auto& [from, to, key] : {std::tuple("\"version\": 1", "\"version\": 2", "version"),
                                      {"\"name\"", "\"nome\"", "name"},
                                      {"\"sha256\": \"a", "\"sha256\": \"A", "sha256"},
                                      {"\"bytes\": 1", "\"bytes\": -1", "bytes"},
                                      {"/elsewhere/", "../", "path"},
                                      {"/elsewhere/", "elsewhere/", "path"}}) {
    std::string text = sound;
    text.replace(text.find(from), std::string(from).size(), to);
    const auto read = ParseManifest(text, "/store/x");
    ASSERT_FALSE(read) << to;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidFile);
    EXPECT_NE(read.error().message.find(key), std::string::npos) << read.error().message;
  }
  for (const std::string& text : {std::string(), std::string("[]"), std::string("{"),
                                  std::string(50000, '['), sound.substr(0, sound.size() / 2)}) {
    EXPECT_FALSE(ParseManifest(text, "/store/x"));
  }
}

}  // namespace
}  // namespace yixin
