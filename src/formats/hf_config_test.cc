#include "formats/hf_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace yixin {
namespace {

using Json = nlohmann::json;

// Qwen1.5-0.5B's, as the hub has it.
Json Qwen15() {
  return Json::parse(R"({
    "architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643,
    "eos_token_id": 151643, "hidden_act": "silu", "hidden_size": 1024, "initializer_range": 0.02,
    "intermediate_size": 2816, "max_position_embeddings": 32768, "max_window_layers": 21,
    "model_type": "qwen2", "num_attention_heads": 16, "num_hidden_layers": 24,
    "num_key_value_heads": 16, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
    "sliding_window": 32768, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
    "transformers_version": "4.37.0", "use_cache": true, "use_sliding_window": false,
    "vocab_size": 151936})");
}

struct Read {
  Result<HfConfig> config;
  ModelFile file;
};

Read ReadTexts(const HfConfigTexts& texts) {
  ModelFileParts parts;
  auto config = ReadHfConfig(texts, parts);
  return {std::move(config), ModelFile(std::move(parts))};
}

Read ReadConfig(const Json& config, const Json& generation = nullptr,
                const Json& tokenizer = nullptr) {
  const std::string texts[] = {config.dump(), generation.is_null() ? "" : generation.dump(),
                               tokenizer.is_null() ? "" : tokenizer.dump()};
  return ReadTexts({.config = texts[0], .generation = texts[1], .tokenizer_config = texts[2]});
}

Read With(const char* key, const Json& value) {
  Json config = Qwen15();
  config[key] = value;
  return ReadConfig(config);
}

TEST(HfConfig, SaysWhatGgufWouldSay) {
  const Read read = ReadConfig(Qwen15());
  ASSERT_TRUE(read.config) << read.config.error().message;
  EXPECT_TRUE(read.config->tied_head);
  EXPECT_EQ(read.config->vocabulary, 151936u);
  EXPECT_EQ(*read.file.GetString("general.architecture"), "qwen2");
  EXPECT_EQ(*read.file.GetUint("qwen2.block_count"), 24u);
  EXPECT_EQ(*read.file.GetUint("qwen2.embedding_length"), 1024u);
  EXPECT_EQ(*read.file.GetUint("qwen2.feed_forward_length"), 2816u);
  EXPECT_EQ(*read.file.GetUint("qwen2.attention.head_count"), 16u);
  EXPECT_EQ(*read.file.GetUint("qwen2.attention.head_count_kv"), 16u);
  EXPECT_EQ(*read.file.GetUint("qwen2.context_length"), 32768u);
  EXPECT_EQ(*read.file.GetFloat("qwen2.rope.freq_base"), 1e6);
  EXPECT_EQ(*read.file.GetFloat("qwen2.attention.layer_norm_rms_epsilon"), 1e-6);
  EXPECT_EQ(*read.file.GetUint("tokenizer.ggml.eos_token_id"), 151643u);
  EXPECT_FALSE(read.file.HasKey("qwen2.attention.key_length"));
  EXPECT_FALSE(read.file.HasKey("tokenizer.chat_template"));
}

TEST(HfConfig, LlamaAndItsDefaults) {
  const Read read = ReadConfig({{"model_type", "llama"},
                                {"hidden_size", 576},
                                {"intermediate_size", 1536},
                                {"num_attention_heads", 9},
                                {"num_hidden_layers", 30},
                                {"num_key_value_heads", nullptr},
                                {"head_dim", 64},
                                {"max_position_embeddings", 8192},
                                {"rope_scaling", nullptr},
                                {"vocab_size", 49152}});
  ASSERT_TRUE(read.config) << read.config.error().message;
  EXPECT_FALSE(read.config->tied_head);
  EXPECT_EQ(*read.file.GetUint("llama.attention.key_length"), 64u);
  EXPECT_FALSE(read.file.HasKey("llama.attention.head_count_kv")) << "as many as heads";
  EXPECT_EQ(*read.file.GetFloat("llama.rope.freq_base"), 10000.0);
  EXPECT_FALSE(read.file.HasKey("tokenizer.ggml.eos_token_id"));
}

TEST(HfConfig, RopeBaseInNestedParameters) {
  Json config = Qwen15();
  config.erase("rope_theta");
  config["rope_parameters"] = {{"rope_theta", 5000.0}, {"rope_type", "default"}};
  EXPECT_EQ(*ReadConfig(config).file.GetFloat("qwen2.rope.freq_base"), 5000.0);
  config["rope_theta"] = 5000;
  EXPECT_TRUE(ReadConfig(config).config);
  config["rope_theta"] = 5001;
  EXPECT_FALSE(ReadConfig(config).config);
}

TEST(HfConfig, EndTokens) {
  const auto end = [](const Json& config_id, const Json& generation) {
    Json config = Qwen15();
    config["eos_token_id"] = config_id;
    const Read read = ReadConfig(config, generation);
    EXPECT_TRUE(read.config) << read.config.error().message;
    return read.file.GetUintOr("tokenizer.ggml.eos_token_id", 7);
  };
  EXPECT_EQ(*end(1, nullptr), 1u);
  EXPECT_EQ(*end({2, 1}, nullptr), 2u);
  EXPECT_EQ(*end(1, {{"eos_token_id", 3}}), 3u);
  EXPECT_EQ(*end(1, {{"eos_token_id", {5, 3}}}), 5u);
  EXPECT_EQ(*end(1, Json::object()), 1u);
  EXPECT_EQ(*end(nullptr, nullptr), 7u);
  EXPECT_EQ(*end(Json::array(), nullptr), 7u);
  EXPECT_EQ(*end(-1, nullptr), 7u);
  for (const Json& bad : {Json("x"), Json(1.5), Json(-2), Json({1, "x"})}) {
    EXPECT_FALSE(With("eos_token_id", bad).config) << bad;
  }
}

TEST(HfConfig, ChatTemplates) {
  const auto chat = [](const Json& tokenizer, std::string_view file = "") {
    const std::string config = Qwen15().dump();
    const std::string text = tokenizer.dump();
    const Read read =
        ReadTexts({.config = config, .tokenizer_config = text, .chat_template = file});
    EXPECT_TRUE(read.config) << read.config.error().message;
    return std::string(*read.file.GetStringOr("tokenizer.chat_template", "none"));
  };
  EXPECT_EQ(chat({{"chat_template", "a"}}), "a");
  EXPECT_EQ(chat({{"chat_template", nullptr}}), "none");
  EXPECT_EQ(chat({{"chat_template", "a"}}, "b"), "b");
  const Json several = {{{"name", "tool_use"}, {"template", "t"}},
                        {{"name", "default"}, {"template", "d"}}};
  EXPECT_EQ(chat({{"chat_template", several}}), "d");
  EXPECT_FALSE(ReadConfig(Qwen15(), nullptr, {{"chat_template", 1}}).config);
}

struct Refused {
  const char* key;
  const char* value;
};

TEST(HfConfig, WhatYixinDoesNotHaveIsRefusedByName) {
  for (const auto& [key, value] : std::initializer_list<Refused>{
           {"model_type", R"("qwen3")"},
           {"model_type", R"("qwen2_moe")"},
           {"model_type", R"("mistral")"},
           {"architectures", R"(["Qwen2ForSequenceClassification"])"},
           {"architectures", R"(["LlamaForCausalLM"])"},
           {"rope_scaling", R"({"type": "yarn", "factor": 4.0})"},
           {"rope_scaling", R"({"rope_type": "llama3", "factor": 8.0})"},
           {"rope_scaling", R"({"factor": 2.0})"},
           {"rope_parameters", R"({"rope_type": "linear", "factor": 2.0, "rope_theta": 1e6})"},
           {"rope_parameters", R"({"full_attention": {"rope_theta": 1e6}})"},
           {"rope_parameters", R"({"rope_theta": 1e6, "partial_rotary_factor": 0.5})"},
           {"use_sliding_window", "true"},
           {"layer_types", R"(["full_attention", "sliding_attention"])"},
           {"num_experts", "60"},
           {"num_local_experts", "8"},
           {"partial_rotary_factor", "0.5"},
           {"hidden_act", R"("gelu")"},
           {"quantization_config", R"({"quant_method": "gptq"})"}}) {
    const Read read = With(key, Json::parse(value));
    ASSERT_FALSE(read.config) << key << " " << value;
    EXPECT_EQ(read.config.error().code, ErrorCode::kUnsupported) << key;
    EXPECT_EQ(read.config.error().subject, key);
    EXPECT_TRUE(read.config.error().message.starts_with("config.json: ")) << key;
  }
}

TEST(HfConfig, WhatChangesNothingIsNotRefused) {
  EXPECT_TRUE(With("rope_scaling", {{"type", "default"}}).config);
  EXPECT_TRUE(
      With("rope_parameters", {{"rope_theta", 1e6}, {"partial_rotary_factor", 1.0}}).config);
  EXPECT_TRUE(With("layer_types", {"full_attention"}).config);
  EXPECT_TRUE(With("num_experts", 0).config);
  Json config = Qwen15();
  config["use_sliding_window"] = true;
  config["max_window_layers"] = 24;
  EXPECT_TRUE(ReadConfig(config).config) << "no layer has the window";
  config["max_window_layers"] = 21;
  config["sliding_window"] = nullptr;
  EXPECT_TRUE(ReadConfig(config).config);
}

TEST(HfConfig, BrokenFilesAreNamed) {
  for (const char* key : {"hidden_size", "num_hidden_layers", "intermediate_size", "vocab_size",
                          "num_attention_heads", "max_position_embeddings", "model_type"}) {
    Json config = Qwen15();
    config.erase(key);
    const Read missing = ReadConfig(config);
    ASSERT_FALSE(missing.config) << key;
    EXPECT_EQ(missing.config.error().subject, key);
    for (const Json& bad : {Json("24"), Json(-1), Json(2.5), Json::array(), Json(true)}) {
      if (std::string_view(key) == "model_type" && bad.is_string()) continue;
      EXPECT_FALSE(With(key, bad).config) << key << " " << bad;
    }
  }
  for (const char* text : {"", "{", "[]", "{\"a\": 1, \"a\": 1}"}) {
    EXPECT_FALSE(ReadTexts({.config = text}).config) << text;
  }
  const std::string config = Qwen15().dump();
  const Read generation = ReadTexts({.config = config, .generation = "{"});
  ASSERT_FALSE(generation.config);
  EXPECT_TRUE(generation.config.error().message.starts_with("generation_config.json: "));
  EXPECT_FALSE(With("tie_word_embeddings", 1).config);
  EXPECT_FALSE(With("rope_theta", "10000").config);
}

}  // namespace
}  // namespace yixin
