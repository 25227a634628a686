// What a model file may say, and what is refused.
#include "model/model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "formats/gguf.h"
#include "kernels/registry.h"
#include "support/gguf_writer.h"
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

// The same model without some tensors and without its tokenizer.
std::vector<std::byte> Without(std::span<const std::byte> bytes,
                               const std::vector<std::string>& tensors) {
  const ModelFile file = *ParseGguf(bytes);
  GgufWriter out;
  for (const MetadataEntry& entry : file.metadata()) {
    if (entry.type == MetadataType::kString) {
      out.WriteKey(entry.key, *file.GetString(entry.key));
    } else if (entry.type != MetadataType::kArray) {
      out.WriteRawKey(entry.key, static_cast<uint32_t>(entry.type), entry.value);
    }
  }
  for (const TensorView& tensor : file.tensors()) {
    if (std::ranges::find(tensors, tensor.name) != tensors.end()) continue;
    out.AddTensor(tensor.name, tensor.shape, GetTensorTypeInfo(tensor.type).gguf_id, tensor.bytes);
  }
  return out.Finish();
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
  const auto rising = [&](double share) {
    EXPECT_GE(share, last);
    last = share;
  };
  const auto model =
      Model::Load(*ParseGguf(bytes), **SelectKernels(""), pool, {.progress = rising});
  ASSERT_TRUE(model);
  EXPECT_GT(last, 0.9);
  EXPECT_LE(last, 1.0);
}

TEST(Model, PackingStopsInEveryForm) {
  const auto bytes = MakeTinyModel();
  for (const char* kernels : {"", "reference"}) {
    ThreadPool pool(2);
    StopFlag stop;
    int calls = 0;
    const auto stop_at_once = [&](double) {
      ++calls;
      stop.Request();
    };
    const auto model = Model::Load(*ParseGguf(bytes), **SelectKernels(kernels), pool,
                                   {.progress = stop_at_once, .stop = &stop});
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code, ErrorCode::kCancelled);
    EXPECT_EQ(calls, 1) << "not another matrix";
  }
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
  SetUint32(bytes, "qwen2.block_count", 3);
  const auto model = LoadBytes(bytes);
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message.find("blk.2."), std::string::npos) << model.error().message;
}

TEST(Model, ALayerBeyondTheCountIsRefusedNotIgnored) {
  auto fewer = MakeTinyModel();
  SetUint32(fewer, "qwen2.block_count", 1);
  const auto model = LoadBytes(fewer);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(model.error().subject.starts_with("blk.1.")) << model.error().message;
  for (const char* name : {"blk.x.ffn_up.weight", "blk.-.ffn_up.weight", "blk.1xffn_up.weight"}) {
    auto bytes = MakeTinyModel();
    Rename(bytes, "blk.1.ffn_up.weight", name);
    const auto renamed = LoadBytes(bytes);
    ASSERT_FALSE(renamed) << name;
    EXPECT_EQ(renamed.error().subject, name);
  }
}

TEST(Model, BiasesOfQueriesKeysAndValuesComeTogether) {
  const auto bytes = MakeTinyModel();
  for (const char* missing : {"attn_q.bias", "attn_k.bias", "attn_v.bias"}) {
    const auto model = LoadBytes(Without(bytes, {std::string("blk.0.") + missing}));
    ASSERT_FALSE(model) << missing;
    EXPECT_NE(model.error().message.find(missing), std::string::npos) << model.error().message;
  }
  EXPECT_TRUE(
      LoadBytes(Without(bytes, {"blk.0.attn_q.bias", "blk.0.attn_k.bias", "blk.0.attn_v.bias"})));
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

// A file that has the sizes of a small model and an embedding, and what `add` writes.
Result<ModelConfig> ReadConfig(const std::function<void(GgufWriter&)>& add, uint32_t hidden = 64,
                               uint32_t heads = 4, uint32_t ffn = 64) {
  GgufWriter out;
  out.WriteKey("general.architecture", "qwen2");
  out.WriteKey("qwen2.block_count", uint32_t{1});
  out.WriteKey("qwen2.embedding_length", hidden);
  out.WriteKey("qwen2.feed_forward_length", ffn);
  out.WriteKey("qwen2.attention.head_count", heads);
  out.WriteKey("qwen2.context_length", uint32_t{128});
  add(out);
  const std::vector<float> embedding(hidden);
  out.AddTensor("token_embd.weight", {1, hidden}, kGgufF32, std::as_bytes(std::span(embedding)));
  const auto bytes = out.Finish();
  return ReadModelConfig(*ParseGguf(bytes));
}

void AddEpsilon(GgufWriter& out) { out.WriteKey("qwen2.attention.layer_norm_rms_epsilon", 1e-6f); }

TEST(ModelConfig, WidthsWhoseSumsWouldNotFitAreRefused) {
  const auto widest = static_cast<uint32_t>(kMaxCols);
  EXPECT_TRUE(ReadConfig(AddEpsilon));
  EXPECT_TRUE(ReadConfig(AddEpsilon, widest, widest / 256, widest));
  EXPECT_FALSE(ReadConfig(AddEpsilon, widest + 256, widest / 256 + 1));
  EXPECT_FALSE(ReadConfig(AddEpsilon, 64, 4, widest + 1));
  const auto heads = ReadConfig(
      [](GgufWriter& out) {
        AddEpsilon(out);
        out.WriteKey("qwen2.attention.key_length", uint32_t{256});
      },
      64, widest / 256 + 1);
  ASSERT_FALSE(heads);
  EXPECT_EQ(heads.error().subject, "qwen2.attention.head_count");
}

TEST(ModelConfig, AnEpsilonThatIsZeroInFloatIsRefused) {
  const auto read = [](double epsilon) {
    return ReadConfig([&](GgufWriter& out) {
      out.WriteScalar("qwen2.attention.layer_norm_rms_epsilon", kGgufFloat64, epsilon);
    });
  };
  EXPECT_TRUE(read(1e-6));
  EXPECT_TRUE(read(1e-45));
  for (const double epsilon : {0.0, 1e-60, -1e-6, 1.0}) EXPECT_FALSE(read(epsilon)) << epsilon;
}

TEST(ModelConfig, RopeScalingIsRefusedWithOrWithoutAType) {
  for (const float factor : {1.0f, 4.0f}) {
    const auto config = ReadConfig([&](GgufWriter& out) {
      AddEpsilon(out);
      out.WriteKey("qwen2.rope.scaling.factor", factor);
    });
    EXPECT_EQ(config.has_value(), factor == 1.0f);
    if (!config) {
      EXPECT_EQ(config.error().code, ErrorCode::kUnsupported);
    }
  }
  EXPECT_FALSE(ReadConfig([](GgufWriter& out) {
    AddEpsilon(out);
    out.WriteKey("qwen2.rope.scaling.type", "yarn");
  }));
}

}  // namespace
}  // namespace yixin
