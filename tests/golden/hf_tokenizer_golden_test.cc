// The real vocabularies as a Hugging Face folder has them: tokenizer.json, or vocab.json and
// merges.txt, written here from the GGUF files that YIXIN_TEST_QWEN_GGUF and YIXIN_TEST_SMOLLM_GGUF
// name. The golden texts give the golden ids.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "golden/hf_export.h"
#include "support/real_model.h"
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
    const auto file = OpenRealModel(GetParam().variable);
    ASSERT_TRUE(file);
    vocabulary_ = ReadFolderVocabulary(*file);
  }

  void ExpectGoldenIds(const HfTokenizerTexts& texts) const {
    const auto vocabulary = ReadHfVocabulary(texts, vocabulary_.rows);
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

  FolderVocabulary vocabulary_;
};

TEST_P(HfTokenizerGolden, TokenizerJson) {
  const std::string text = TokenizerJson(vocabulary_, GetParam().parts);
  ExpectGoldenIds({.tokenizer = text});
}

TEST_P(HfTokenizerGolden, VocabAndMerges) {
  Json config = {{"tokenizer_class", GetParam().tokenizer_class}};
  for (const Json& token : vocabulary_.added_tokens) {
    config["added_tokens_decoder"][token["id"].dump()] = token;
  }
  std::string merges = "#version: 0.2\n";
  for (const std::string& merge : vocabulary_.merges) merges += merge + "\n";
  const std::string vocab = vocabulary_.vocab.dump();
  const std::string config_text = config.dump();
  ExpectGoldenIds({.vocab = vocab, .merges = merges, .tokenizer_config = config_text});
}

INSTANTIATE_TEST_SUITE_P(
    Models, HfTokenizerGolden,
    testing::Values(FolderCase{"YIXIN_TEST_QWEN_GGUF", "tokenizer-qwen2.jsonl", "Qwen2Tokenizer",
                               kQwen2Parts},
                    FolderCase{"YIXIN_TEST_SMOLLM_GGUF", "tokenizer-smollm2.jsonl", "GPT2Tokenizer",
                               kGpt2Parts}),
    [](const auto& test) { return std::string(test.param.tokenizer_class).substr(0, 4); });

}  // namespace
}  // namespace yixin
