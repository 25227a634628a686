// The folders of tests/golden/hf as a model, and folders whose files contradict each other.
#include "formats/hf_folder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "formats/hf_names.h"
#include "support/safetensors_writer.h"
#include "support/temporary_folder.h"

namespace yixin {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

TEST(HfNames, BothWays) {
  EXPECT_EQ(GgufNameOf("model.embed_tokens.weight"), "token_embd.weight");
  EXPECT_EQ(GgufNameOf("lm_head.weight"), "output.weight");
  EXPECT_EQ(GgufNameOf("model.layers.0.self_attn.q_proj.weight"), "blk.0.attn_q.weight");
  EXPECT_EQ(GgufNameOf("model.layers.123.post_attention_layernorm.weight"),
            "blk.123.ffn_norm.weight");
  for (const char* name :
       {"", "token_embd.weight", "blk.0.attn_q.weight", "model.layers.", "model.layers.0",
        "model.layers..mlp.up_proj.weight", "model.layers.00.mlp.up_proj.weight",
        "model.layers.-1.mlp.up_proj.weight", "model.layers.0.self_attn.o_proj.bias",
        "model.layers.0.self_attn.q_norm.weight", "model.layers.0x.mlp.up_proj.weight"}) {
    EXPECT_EQ(GgufNameOf(name), std::nullopt) << name;
  }
  for (const char* name : {"blk.7.attn_output.weight", "output_norm.weight", "blk.0.attn_k.bias"}) {
    EXPECT_EQ(GgufNameOf(HuggingFaceName(name)), name);
  }
  EXPECT_EQ(HuggingFaceName("something else"), "something else");
}

class HfFolderTest : public testing::Test {
 protected:
  void Copy(const char* name) {
    fs::remove_all(folder());
    fs::copy(fs::path(YIXIN_SOURCE_DIR) / "tests/golden/hf" / name, folder());
  }
  fs::path folder() const { return temporary_.path() / "model"; }

  Json ReadFile(const char* name) const {
    std::ifstream file(folder() / name);
    return Json::parse(file);
  }
  void WriteFile(const char* name, const std::string& text) const {
    std::ofstream(folder() / name, std::ios::binary) << text;
  }
  void WriteFile(const char* name, const std::vector<std::byte>& bytes) const {
    WriteFile(name, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  void SetConfig(const char* key, const Json& value) const {
    Json config = ReadFile("config.json");
    config[key] = value;
    WriteFile("config.json", config.dump());
  }
  // Refused, with a message that has `words`.
  void ExpectError(ErrorCode code, const std::string& words) const {
    const auto file = OpenHfFolder(folder());
    ASSERT_FALSE(file) << words;
    EXPECT_EQ(file.error().code, code) << file.error().message;
    EXPECT_NE(file.error().message.find(words), std::string::npos) << file.error().message;
    EXPECT_NE(file.error().message.find(temporary_.path().string()), std::string::npos);
  }

  TemporaryFolder temporary_;
};

TEST_F(HfFolderTest, ShardsAreOneModelWithGgufsNames) {
  Copy("qwen2-bf16-sharded");
  const auto file = OpenModelFile(folder());
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->tensors().size(), 26u);
  const TensorView* q = file->FindTensor("blk.1.attn_q.weight");
  ASSERT_NE(q, nullptr);
  EXPECT_EQ(q->type, TensorType::kBf16);
  EXPECT_EQ(q->source_name, "model.layers.1.self_attn.q_proj.weight");
  EXPECT_EQ(q->shape, (std::vector<uint64_t>{32, 32}));
  EXPECT_EQ(file->FindTensor("output.weight"), nullptr) << "tied";
  EXPECT_EQ(file->folder(), folder());
  EXPECT_EQ(file->identity(), *ReadModelIdentity(folder()));
  uint64_t size = 0;
  for (const auto& entry : fs::directory_iterator(folder())) {
    if (entry.path().extension() == ".safetensors") size += entry.file_size();
  }
  EXPECT_EQ(file->file_size(), size);
  EXPECT_EQ(file->GetTensor("blk.9.ffn_up.weight").error().subject,
            "model.layers.9.mlp.up_proj.weight");
}

TEST_F(HfFolderTest, OtherPathsAreGguf) {
  EXPECT_EQ(OpenModelFile(temporary_.path() / "none").error().code, ErrorCode::kNotFound);
  std::ofstream(temporary_.path() / "file") << "x";
  EXPECT_NE(OpenModelFile(temporary_.path() / "file").error().message.find("GGUF"),
            std::string::npos);
}

TEST_F(HfFolderTest, IndexAndShardsThatContradictEachOther) {
  constexpr const char* kIndexName = "model.safetensors.index.json";
  Copy("qwen2-bf16-sharded");
  const Json index = ReadFile(kIndexName);
  const auto with = [&](const char* tensor, const Json& file) {
    Json changed = index;
    changed["weight_map"][tensor] = file;
    WriteFile(kIndexName, changed.dump());
  };
  with("model.layers.7.mlp.up_proj.weight", "model-00001-of-00003.safetensors");
  ExpectError(ErrorCode::kInvalidFile, "'model.layers.7.mlp.up_proj.weight': the index says");
  const std::string embedding_file = index["weight_map"]["model.embed_tokens.weight"];
  const std::string other = embedding_file == "model-00001-of-00003.safetensors"
                                ? "model-00002-of-00003.safetensors"
                                : "model-00001-of-00003.safetensors";
  with("model.embed_tokens.weight", other);
  ExpectError(ErrorCode::kInvalidFile, "'model.embed_tokens.weight': the index does not say");
  for (const char* name :
       {"../model.safetensors", "/etc/passwd", "x/y.safetensors", "x.bin", "", ".safetensors"}) {
    with("model.embed_tokens.weight", name);
    ExpectError(ErrorCode::kInvalidFile, "'model.embed_tokens.weight': expected the name");
  }
  with("model.embed_tokens.weight", 1);
  ExpectError(ErrorCode::kInvalidFile, "'model.embed_tokens.weight': expected the name");
  with("model.embed_tokens.weight", "absent.safetensors");
  ExpectError(ErrorCode::kNotFound, "absent.safetensors");
  Json without = index;
  without["weight_map"].erase("model.norm.weight");
  WriteFile(kIndexName, without.dump());
  ExpectError(ErrorCode::kInvalidFile, "'model.norm.weight': the index does not say");
  for (const char* text : {"", "{}", "[]", "{\"weight_map\": {}}", "{\"weight_map\": []}"}) {
    WriteFile(kIndexName, std::string(text));
    ExpectError(ErrorCode::kInvalidFile, kIndexName);
  }
  // A tensor in two shards: the index can name one of them only.
  WriteFile(kIndexName, index.dump());
  fs::copy_file(folder() / embedding_file, folder() / "copy.safetensors");
  with("model.norm.weight", "copy.safetensors");
  ExpectError(ErrorCode::kInvalidFile, "the index does not say");
}

TEST_F(HfFolderTest, ConfigAndTensorsThatContradictEachOther) {
  Copy("llama-f16");
  SetConfig("vocab_size", 281);
  ExpectError(ErrorCode::kInvalidFile, "'model.embed_tokens.weight': has 280 rows");
  Copy("llama-f16");
  SetConfig("tie_word_embeddings", true);
  const auto tied = OpenHfFolder(folder());
  ASSERT_TRUE(tied) << "lm_head is not read then";
  EXPECT_EQ(tied->FindTensor("output.weight"), nullptr);
  Copy("qwen2-bf16-sharded");
  SetConfig("tie_word_embeddings", false);
  ExpectError(ErrorCode::kInvalidFile, "'lm_head.weight': missing");
}

TEST_F(HfFolderTest, TensorsThatNoDecoderHas) {
  Copy("llama-f16");
  const auto write = [&](const char* name) {
    SafetensorsWriter writer;
    writer.Add("model.embed_tokens.weight", "F32", {280, 1}, std::vector<std::byte>(1120));
    writer.Add("lm_head.weight", "F32", {280, 1}, std::vector<std::byte>(1120));
    writer.Add(name, "F32", {1}, std::vector<std::byte>(4));
    WriteFile("model.safetensors", writer.Finish());
  };
  for (const char* name : {"model.layers.0.self_attn.q_norm.weight", "token_embd.weight",
                           "blk.0.attn_q.weight", "score.weight"}) {
    write(name);
    ExpectError(ErrorCode::kUnsupported, "'" + std::string(name) + "'");
  }
  write("model.layers.0.self_attn.rotary_emb.inv_freq");
  EXPECT_TRUE(OpenHfFolder(folder())) << "older files carry it along";
}

TEST_F(HfFolderTest, FilesThatAreMissing) {
  Copy("llama-f16");
  fs::remove(folder() / "model.safetensors");
  ExpectError(ErrorCode::kInvalidFile, "no model.safetensors");
  WriteFile("pytorch_model.bin", std::string("x"));
  ExpectError(ErrorCode::kUnsupported, "pickles");
  fs::remove(folder() / "config.json");
  ExpectError(ErrorCode::kInvalidFile, "no config.json");
  Copy("llama-f16");
  WriteFile("config.json", std::string(5 << 20, ' '));
  ExpectError(ErrorCode::kInvalidFile, "at most");
  fs::remove(folder() / "config.json");
  fs::create_directory(folder() / "config.json");
  ExpectError(ErrorCode::kInvalidFile, "a folder");
}

TEST_F(HfFolderTest, IdentityIsOfEveryFileThatIsRead) {
  Copy("qwen2-bf16-sharded");
  const FileIdentity before = *ReadModelIdentity(folder());
  EXPECT_NE(before.inode, 0u);
  WriteFile("README.md", std::string("x"));
  EXPECT_EQ(*ReadModelIdentity(folder()), before);
  for (const char* name : {"merges.txt", "x.safetensors", "chat_template.jinja"}) {
    const FileIdentity now = *ReadModelIdentity(folder());
    WriteFile(name, std::string("abc"));
    EXPECT_NE(*ReadModelIdentity(folder()), now) << name;
  }
  fs::rename(folder(), temporary_.path() / "old");  // whose inodes stay taken
  Copy("qwen2-bf16-sharded");
  EXPECT_NE(*ReadModelIdentity(folder()), before) << "other inodes";
  EXPECT_EQ(ReadModelIdentity(folder() / "none").error().code, ErrorCode::kNotFound);
}

TEST_F(HfFolderTest, NamesOfModels) {
  fs::create_directory(temporary_.path() / "Qwen1.5-0.5B");
  EXPECT_EQ(ModelNameOf(temporary_.path() / "Qwen1.5-0.5B"), "Qwen1.5-0.5B");
  EXPECT_EQ(ModelNameOf(temporary_.path() / "Qwen1.5-0.5B" / ""), "Qwen1.5-0.5B");
  EXPECT_EQ(ModelNameOf("/a/qwen.q4.gguf"), "qwen.q4");
}

}  // namespace
}  // namespace yixin
