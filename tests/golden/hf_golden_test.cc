// Hugging Face folders against transformers, which wrote the small ones and their logits
// (tools/make_hf_goldens.py): sharded BF16 with a tied head, F16 of the llama family, F32 without a
// chat template; and Qwen1.5-0.5B's shapes, whose weights this test writes by the same formula. The
// reference kernels must agree within 0.02; what the others give is printed and bounded.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/model_vocabulary.h"
#include "engine/engine.h"
#include "formats/hf_folder.h"
#include "kernels/registry.h"
#include "support/safetensors_writer.h"
#include "support/temporary_folder.h"
#include "yixin/assistant.h"

namespace yixin {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// What the issue promises of a folder's logits.
constexpr double kTolerance = 0.02;
// Of rotated int8 on random weights, whose logits have a deviation of 1: the worst seen was 0.13 in
// 288 at a width of 1,024, and 0.09 in 840 at 32.
constexpr double kInt8Tolerance = 0.25;

fs::path Goldens() { return fs::path(YIXIN_SOURCE_DIR) / "tests/golden/hf"; }

Json ReadJson(const fs::path& path) {
  std::ifstream file(path);
  return Json::parse(file);
}

// The largest difference between the folder's logits and the golden ones.
double WorstError(const fs::path& folder, const KernelTable& kernels, const Json& golden) {
  auto file = OpenModelFile(folder);
  EXPECT_TRUE(file) << file.error().message;
  if (!file) return INFINITY;
  ThreadPool pool(DefaultThreadCount());
  const auto model = Model::Load(*std::move(file), kernels, pool, {});
  EXPECT_TRUE(model) << model.error().message;
  if (!model) return INFINITY;
  Engine engine(**model, {});
  KvSequence sequence = engine.NewSequence();
  const auto ids = golden["ids"].get<std::vector<int32_t>>();
  const Step step{&sequence, ids, 0};
  const auto hidden = engine.Forward({&step, 1});
  EXPECT_TRUE(hidden);
  const auto width = static_cast<size_t>(engine.model().config().hidden);
  std::vector<float> logits(static_cast<size_t>(engine.model().config().vocabulary));
  double worst = 0;
  for (const Json& row : golden["logits"]) {
    const auto position = row["pos"].get<size_t>();
    EXPECT_TRUE(engine.Logits(std::span(*hidden).subspan(position * width, width), logits));
    const auto values = row["values"].get<std::vector<double>>();
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t id = row.contains("ids") ? row["ids"][i].get<size_t>() : i;
      worst = std::max(worst, std::fabs(values[i] - logits[id]));
    }
  }
  return worst;
}

void ExpectLogits(const fs::path& folder, const Json& golden) {
  for (const KernelChoice& choice : KernelTables()) {
    if (!choice.usable) {
      std::cerr << "[ NOT TESTED ] kernels " << choice.table->name << ": this CPU lacks one of "
                << choice.needs << "\n";
      continue;
    }
    const double worst = WorstError(folder, *choice.table, golden);
    std::cerr << folder.filename().string() << " " << choice.table->name
              << ": logits differ by at most " << worst << "\n";
    EXPECT_LE(worst, choice.table->form == NumericForm::kFloat32 ? kTolerance : kInt8Tolerance)
        << choice.table->name;
  }
}

class HfFolders : public testing::TestWithParam<const char*> {
 protected:
  fs::path folder_ = Goldens() / GetParam();
  Json golden_ = ReadJson(Goldens() / (std::string(GetParam()) + ".json"));
};

TEST_P(HfFolders, LogitsAreThoseOfTransformers) { ExpectLogits(folder_, golden_); }

TEST_P(HfFolders, TokensAreThoseOfTransformers) {
  const auto file = OpenModelFile(folder_);
  ASSERT_TRUE(file) << file.error().message;
  const auto tokenizer = ReadTokenizer(*file);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ(tokenizer->vocabulary_size(), 272);
  EXPECT_EQ(tokenizer->eos_id(), 270);
  for (const Json& text : golden_["texts"]) {
    EXPECT_EQ(*tokenizer->EncodeWithSpecials(text["text"].get<std::string>()),
              text["ids"].get<std::vector<int32_t>>())
        << text["text"];
  }
}

INSTANTIATE_TEST_SUITE_P(Small, HfFolders,
                         testing::Values("qwen2-bf16-sharded", "llama-f16", "qwen2-f32-base"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

AssistantOptions Options(const fs::path& folder) {
  AssistantOptions options;
  options.model_path = folder.string();
  options.share_path = std::string(YIXIN_SOURCE_DIR) + "/share";
  options.threads = 1;
  options.context = 256;
  return options;
}

TEST(HfFolder, OnlyABaseModelIsWarnedOf) {
  for (const char* name : {"llama-f16", "qwen2-f32-base"}) {
    const auto assistant = Assistant::Open(Options(Goldens() / name));
    ASSERT_TRUE(assistant) << assistant.error().message;
    EXPECT_EQ(assistant->facts().template_note.empty(), std::string(name) == "llama-f16");
    EXPECT_EQ(assistant->facts().name, name);
  }
}

TEST(HfFolder, IsPackedOnceAndAgainWhenAnyFileOfItChanged) {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path() / "model.v1.5";
  fs::copy(Goldens() / "qwen2-bf16-sharded", folder, fs::copy_options::recursive);
  AssistantOptions options = Options(folder);
  options.cache_folder = (temporary.path() / "packed").string();
  int packed = 0;
  options.progress = [&](double share) { packed += share < 1 ? 1 : 0; };
  const auto packs = [&] {
    packed = 0;
    const auto assistant = Assistant::Open(options);
    EXPECT_TRUE(assistant) << assistant.error().message;
    if (assistant) {
      EXPECT_EQ(assistant->facts().name, "model.v1.5");
    }
    return packed > 0;
  };
  EXPECT_TRUE(packs());
  EXPECT_FALSE(packs());
  options.model_path += "/";
  EXPECT_FALSE(packs()) << "the same folder";
  for (const char* file : {"config.json", "tokenizer.json", "model-00002-of-00003.safetensors"}) {
    const auto time = fs::last_write_time(folder / file);
    fs::last_write_time(folder / file, time + std::chrono::seconds(1));
    EXPECT_TRUE(packs()) << file;
    EXPECT_FALSE(packs()) << file;
  }
  std::ofstream(folder / "README.md") << "not read, so no reason";
  EXPECT_FALSE(packs());
  std::ofstream(folder / "generation_config.json") << "{}";
  EXPECT_TRUE(packs());
}

// Qwen1.5-0.5B as its config.json has it, but for layers and vocabulary.
void WriteWide(const fs::path& folder, const Json& golden) {
  const int layers = golden["layers"];
  const uint64_t vocabulary = golden["vocabulary"];
  const Json config = {{"architectures", {"Qwen2ForCausalLM"}},
                       {"attention_dropout", 0.0},
                       {"bos_token_id", 1},
                       {"eos_token_id", 1},
                       {"hidden_act", "silu"},
                       {"hidden_size", 1024},
                       {"initializer_range", 0.02},
                       {"intermediate_size", 2816},
                       {"max_position_embeddings", 32768},
                       {"max_window_layers", 21},
                       {"model_type", "qwen2"},
                       {"num_attention_heads", 16},
                       {"num_hidden_layers", layers},
                       {"num_key_value_heads", 16},
                       {"rms_norm_eps", 1e-06},
                       {"rope_theta", 1000000.0},
                       {"sliding_window", 32768},
                       {"tie_word_embeddings", true},
                       {"torch_dtype", "bfloat16"},
                       {"transformers_version", "4.37.0"},
                       {"use_cache", true},
                       {"use_sliding_window", false},
                       {"vocab_size", vocabulary}};
  std::ofstream(folder / "config.json") << config.dump(2);
  SafetensorsWriter weights;
  const auto add = [&](const std::string& name, const std::vector<uint64_t>& shape) {
    weights.Add(name, "BF16", shape, ToBf16(FormulaWeights(name, shape)));
  };
  add("model.embed_tokens.weight", {vocabulary, 1024});
  for (int layer = 0; layer < layers; ++layer) {
    const std::string prefix = "model.layers." + std::to_string(layer) + ".";
    for (const char* part : {"q", "k", "v"}) {
      add(prefix + "self_attn." + part + "_proj.weight", {1024, 1024});
      add(prefix + "self_attn." + part + "_proj.bias", {1024});
    }
    add(prefix + "self_attn.o_proj.weight", {1024, 1024});
    add(prefix + "mlp.gate_proj.weight", {2816, 1024});
    add(prefix + "mlp.up_proj.weight", {2816, 1024});
    add(prefix + "mlp.down_proj.weight", {1024, 2816});
    add(prefix + "input_layernorm.weight", {1024});
    add(prefix + "post_attention_layernorm.weight", {1024});
  }
  add("model.norm.weight", {1024});
  const auto bytes = weights.Finish();
  std::ofstream(folder / "model.safetensors", std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

TEST(HfFolder, OfQwen15sShapes) {
  const Json golden = ReadJson(Goldens() / "wide.json");
  for (size_t i = 0; i < golden["ids"].size(); ++i) {
    ASSERT_EQ(golden["ids"][i], FormulaId(static_cast<int>(i), golden["vocabulary"]));
  }
  const TemporaryFolder temporary;
  WriteWide(temporary.path(), golden);
  ExpectLogits(temporary.path(), golden);
}

}  // namespace
}  // namespace yixin
