// The real vocabularies as a Hugging Face folder has them: tokenizer.json, or vocab.json and
// merges.txt, written here from the GGUF files that YIXIN_TEST_QWEN_GGUF and YIXIN_TEST_SMOLLM_GGUF
// name. The golden texts give the golden ids.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "formats/gguf.h"
#include "tokenizer/hf_vocabulary.h"
#include "tokenizer/tokenizer.h"

namespace yixin {
namespace {

using Json = nlohmann::json;

struct FolderCase {
  const char* variable;
  const char* golden;
  const char* tokenizer_class;
  const char* parts;  // normalizer and pre_tokenizer of tokenizer.json

  friend void PrintTo(const FolderCase& c, std::ostream* out) { *out << c.golden; }
};

class HfTokenizerGolden : public testing::TestWithParam<FolderCase> {
 protected:
  void SetUp() override {
    const char* path = std::getenv(GetParam().variable);
    ASSERT_NE(path, nullptr) << GetParam().variable << " must name the model file; run make test";
    const auto file = OpenGguf(path);
    ASSERT_TRUE(file) << file.error().message;
    const auto tokens = *file->GetStringArray("tokenizer.ggml.tokens");
    const auto types = *file->GetIntArray("tokenizer.ggml.token_type");
    rows_ = tokens.size();
    for (size_t id = 0; id < tokens.size(); ++id) {
      const auto type = static_cast<TokenType>(types[id]);
      if (type == TokenType::kNormal) {
        vocab_[std::string(tokens[id])] = id;
      } else if (type != TokenType::kUnused) {
        added_.push_back(
            {{"id", id}, {"content", tokens[id]}, {"special", type != TokenType::kUserDefined}});
      }
    }
    const auto merges = *file->GetStringArray("tokenizer.ggml.merges");
    merges_.assign(merges.begin(), merges.end());
  }

  void ExpectGoldenIds(const HfTokenizerTexts& texts) const {
    const auto vocabulary = ReadHfVocabulary(texts, rows_);
    ASSERT_TRUE(vocabulary) << vocabulary.error().message;
    const auto tokenizer = Tokenizer::Create(vocabulary->Spec());
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    std::ifstream golden(std::string(YIXIN_SOURCE_DIR) + "/tests/golden/" + GetParam().golden);
    size_t count = 0;
    for (std::string line; std::getline(golden, line); ++count) {
      const Json json = Json::parse(line);
      const std::string text = json.at("text");
      EXPECT_EQ(*tokenizer->EncodeWithSpecials(text), json.at("ids").get<std::vector<int32_t>>())
          << text;
      EXPECT_EQ(*tokenizer->EncodeAsReferencePlain(text),
                json.at("ids_as_plain_text").get<std::vector<int32_t>>())
          << text;
    }
    EXPECT_EQ(count, 450u);
  }

  size_t rows_ = 0;
  Json vocab_ = Json::object();
  Json added_ = Json::array();
  std::vector<std::string> merges_;
};

TEST_P(HfTokenizerGolden, TokenizerJson) {
  Json tokenizer = Json::parse(GetParam().parts);
  tokenizer["added_tokens"] = added_;
  tokenizer["model"] = {{"type", "BPE"}, {"vocab", vocab_}, {"merges", merges_}};
  const std::string text = tokenizer.dump();
  ExpectGoldenIds({.tokenizer = text});
}

TEST_P(HfTokenizerGolden, VocabAndMerges) {
  Json config = {{"tokenizer_class", GetParam().tokenizer_class}};
  for (const Json& token : added_) {
    config["added_tokens_decoder"][token["id"].dump()] = token;
  }
  std::string merges = "#version: 0.2\n";
  for (const std::string& merge : merges_) merges += merge + "\n";
  const std::string vocab = vocab_.dump();
  const std::string config_text = config.dump();
  ExpectGoldenIds({.vocab = vocab, .merges = merges, .tokenizer_config = config_text});
}

constexpr const char* kQwen2Parts = R"json({"normalizer": {"type": "NFC"},
  "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
    {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex": "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
    {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}})json";
// As the golden texts were made: without the digits of SmolLM2's own tokenizer.json.
constexpr const char* kGpt2Parts = R"json({"normalizer": null,
  "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}})json";

INSTANTIATE_TEST_SUITE_P(
    Models, HfTokenizerGolden,
    testing::Values(FolderCase{"YIXIN_TEST_QWEN_GGUF", "tokenizer-qwen2.jsonl", "Qwen2Tokenizer",
                               kQwen2Parts},
                    FolderCase{"YIXIN_TEST_SMOLLM_GGUF", "tokenizer-smollm2.jsonl", "GPT2Tokenizer",
                               kGpt2Parts}),
    [](const auto& test) { return std::string(test.param.tokenizer_class).substr(0, 4); });

}  // namespace
}  // namespace yixin
