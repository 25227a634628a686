// What a model file may say, and what is refused.
#include "model/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "formats/gguf.h"
#include "kernels/registry.h"
#include "support/tiny_model.h"

namespace yixin {
namespace {

Result<std::unique_ptr<Model>> LoadBytes(std::span<const std::byte> bytes,
                                         const char* kernels = "") {
  YIXIN_TRY(ModelFile file, ParseGguf(bytes));
  ThreadPool pool(2);
  return Model::Load(std::move(file), **SelectKernels(kernels), pool, {});
}

// Where `text` first stands in the file; metadata keys and tensor names are stored as they are.
std::byte* Find(std::vector<std::byte>& bytes, std::string_view text) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const size_t at = all.find(text);
  EXPECT_NE(at, std::string_view::npos) << text;
  return bytes.data() + at;
}

void Rename(std::vector<std::byte>& bytes, std::string_view from, std::string_view to) {
  ASSERT_EQ(from.size(), to.size());
  std::memcpy(Find(bytes, from), to.data(), to.size());
}

// The 32-bit value of a metadata key: after the key come its type (4 bytes) and the value.
void SetUint32(std::vector<std::byte>& bytes, std::string_view key, uint32_t value) {
  std::memcpy(Find(bytes, key) + key.size() + 4, &value, sizeof(value));
}

TEST(Model, LoadsBothArchitecturesAndForms) {
  for (const char* architecture : {"qwen2", "llama"}) {
    for (const char* kernels : {"", "reference"}) {
      const auto bytes = MakeTinyModel({.architecture = architecture});
      const auto model = LoadBytes(bytes, kernels);
      ASSERT_TRUE(model) << model.error().message;
      EXPECT_EQ((*model)->config().layers, 2);
      EXPECT_EQ((*model)->config().head_dim, 16);
      EXPECT_GT((*model)->weight_bytes(), 0u);
    }
  }
}

TEST(Model, ProgressEndsAtOne) {
  const auto bytes = MakeTinyModel({.tied_head = true});
  ThreadPool pool(1);
  double last = 0;
  const auto model = Model::Load(*ParseGguf(bytes), **SelectKernels(""), pool, [&](double share) {
    EXPECT_GE(share, last);
    last = share;
  });
  ASSERT_TRUE(model);
  EXPECT_GT(last, 0.9);
  EXPECT_LE(last, 1.0);
}

TEST(Model, UnknownArchitectureIsNamedWithTheSupportedOnes) {
  auto bytes = MakeTinyModel();
  Rename(bytes, "qwen2", "qwen9");
  const auto model = LoadBytes(bytes);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(model.error().message.find("qwen9"), std::string::npos) << model.error().message;
  EXPECT_NE(model.error().message.find("qwen2, llama"), std::string::npos);
}

TEST(Model, SizesThatCannotBeAreRefusedByKey) {
  for (const char* key :
       {"qwen2.block_count", "qwen2.embedding_length", "qwen2.feed_forward_length",
        "qwen2.attention.head_count", "qwen2.attention.head_count_kv", "qwen2.context_length"}) {
    for (const uint32_t value : {0u, 3u, 0x7fffffffu, 0xffffffffu}) {
      auto bytes = MakeTinyModel();
      SetUint32(bytes, key, value);
      if (std::string_view(key) == "qwen2.context_length" && value == 3) continue;
      const auto model = LoadBytes(bytes);
      ASSERT_FALSE(model) << key << " = " << value;
      EXPECT_FALSE(model.error().subject.empty()) << key << " = " << value;
    }
  }
}

TEST(Model, ATensorThatTheDecoderWouldIgnoreIsRefused) {
  auto bytes = MakeTinyModel();
  Rename(bytes, "blk.1.attn_q.bias", "blk.1.attn_q.norm");
  const auto model = LoadBytes(bytes);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(model.error().message.find("attn_q.norm"), std::string::npos) << model.error().message;
}

TEST(Model, AMissingTensorIsNamed) {
  auto bytes = MakeTinyModel();
  Rename(bytes, "blk.1.ffn_up.weight", "blk.7.ffn_up.weight");
  const auto model = LoadBytes(bytes);
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message.find("blk.1.ffn_up.weight"), std::string::npos)
      << model.error().message;
}

TEST(Model, AValueThatIsNotFiniteIsFoundWhileLoading) {
  for (const char* tensor :
       {"blk.0.attn_norm.weight", "blk.1.ffn_down.weight", "output.weight", "blk.0.attn_k.bias"}) {
    for (const char* kernels : {"", "reference"}) {
      auto bytes = MakeTinyModel();
      const ModelFile file = *ParseGguf(bytes);
      const float bad = std::nanf("");
      const auto offset = file.FindTensor(tensor)->bytes.data() - bytes.data();
      std::memcpy(bytes.data() + offset + 8, &bad, sizeof(bad));
      const auto model = LoadBytes(bytes, kernels);
      ASSERT_FALSE(model) << tensor;
      EXPECT_EQ(model.error().code, ErrorCode::kInvalidFile);
      EXPECT_NE(model.error().message.find("not finite"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace yixin
