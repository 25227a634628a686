// The tokenizer against the reference stack: 450 texts for each of the two vocabularies, read from
// the real model files that YIXIN_TEST_QWEN_GGUF and YIXIN_TEST_SMOLLM_GGUF name. Without them it
// fails: a golden test that skips proves nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "support/real_model.h"
#include "tokenizer/incremental_decoder.h"
#include "tokenizer/normalize.h"
#include "tokenizer/tokenizer.h"

namespace yixin {
namespace {

struct GoldenText {
  std::string text;
  std::vector<int32_t> ids;
  std::vector<int32_t> ids_as_plain_text;
};

std::vector<GoldenText> ReadGolden(const std::string& name) {
  std::ifstream file(std::string(YIXIN_SOURCE_DIR) + "/tests/golden/" + name);
  std::vector<GoldenText> golden;
  for (std::string line; std::getline(file, line);) {
    const nlohmann::json json = nlohmann::json::parse(line);
    golden.push_back({json.at("text"), json.at("ids"), json.at("ids_as_plain_text")});
  }
  return golden;
}

Result<Tokenizer> ReadTokenizer(const ModelFile& file) {
  TokenizerSpec spec;
  YIXIN_TRY(spec.tokens, file.GetStringArray("tokenizer.ggml.tokens"));
  YIXIN_TRY(spec.merges, file.GetStringArray("tokenizer.ggml.merges"));
  YIXIN_TRY(spec.token_types, file.GetIntArray("tokenizer.ggml.token_type"));
  YIXIN_TRY(const std::string_view pre, file.GetString("tokenizer.ggml.pre"));
  YIXIN_TRY(const uint64_t eos_id, file.GetUint("tokenizer.ggml.eos_token_id"));
  spec.pre = pre;
  spec.eos_id = static_cast<int32_t>(eos_id);
  return Tokenizer::Create(spec);
}

struct GoldenCase {
  const char* name;
  const char* variable;
  const char* file;
  size_t special_count;
  const char* end_of_turn;
  bool stored = false;  // through the bytes of a packed file

  friend void PrintTo(const GoldenCase& c, std::ostream* out) { *out << c.name; }
};

class TokenizerGolden : public testing::TestWithParam<GoldenCase> {
 protected:
  void SetUp() override {
    const auto file = OpenRealModel(GetParam().variable);
    ASSERT_TRUE(file);
    auto tokenizer = ReadTokenizer(*file);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    stored_ = tokenizer->Serialise();
    if (GetParam().stored) tokenizer = Tokenizer::Map(stored_);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    tokenizer_.emplace(*std::move(tokenizer));
    golden_ = ReadGolden(GetParam().file);
    ASSERT_EQ(golden_.size(), 450u);
  }

  // What the ids of a text decode to.
  std::string Expected(const std::string& text) const {
    return tokenizer_->normalizes() ? NormalizeNfc(text) : text;
  }

  std::vector<std::byte> stored_;
  std::optional<Tokenizer> tokenizer_;
  std::vector<GoldenText> golden_;
};

TEST_P(TokenizerGolden, SpecialTokensRecognised) {
  for (const GoldenText& golden : golden_) {
    const auto ids = tokenizer_->EncodeWithSpecials(golden.text);
    ASSERT_TRUE(ids) << ids.error().message;
    EXPECT_EQ(*ids, golden.ids) << golden.text;
  }
}

// The reference keeps user-defined tokens (<tool_call>) special even here.
TEST_P(TokenizerGolden, ControlTokensAsText) {
  for (const GoldenText& golden : golden_) {
    const auto ids = tokenizer_->EncodeAsReferencePlain(golden.text);
    ASSERT_TRUE(ids) << ids.error().message;
    EXPECT_EQ(*ids, golden.ids_as_plain_text) << golden.text;
  }
}

// EncodeText goes further: no added token at all. Elsewhere it is the same.
TEST_P(TokenizerGolden, PlainTextYieldsNoAddedToken) {
  size_t same = 0;
  for (const GoldenText& golden : golden_) {
    const auto ids = tokenizer_->EncodeText(golden.text);
    ASSERT_TRUE(ids) << ids.error().message;
    for (const int32_t id : *ids) EXPECT_FALSE(tokenizer_->IsSpecial(id)) << golden.text;
    const bool golden_has_added =
        std::any_of(golden.ids_as_plain_text.begin(), golden.ids_as_plain_text.end(),
                    [&](int32_t id) { return tokenizer_->IsSpecial(id); });
    if (golden_has_added) continue;
    EXPECT_EQ(*ids, golden.ids_as_plain_text) << golden.text;
    ++same;
  }
  EXPECT_GE(same, 449u) << "one text spells a user-defined token";
}

TEST_P(TokenizerGolden, IdsDecodeToTheText) {
  for (const GoldenText& golden : golden_) {
    EXPECT_EQ(tokenizer_->Decode(golden.ids, /*skip_special=*/false), Expected(golden.text));
    IncrementalDecoder decoder(*tokenizer_, /*skip_special=*/false);
    std::string streamed;
    for (const int32_t id : golden.ids_as_plain_text) streamed += decoder.Append(id);
    EXPECT_EQ(streamed, Expected(golden.text)) << "a whole text leaves nothing to flush";
    EXPECT_EQ(decoder.Flush(), "");
  }
}

TEST_P(TokenizerGolden, EverySpelledAddedTokenStaysText) {
  size_t count = 0;
  for (int32_t special = 0; special < tokenizer_->vocabulary_size(); ++special) {
    if (!tokenizer_->IsSpecial(special)) continue;
    ++count;
    const std::string literal(tokenizer_->TokenBytes(special));
    EXPECT_EQ(tokenizer_->SpecialId(literal), special);
    EXPECT_EQ(*tokenizer_->EncodeWithSpecials(literal), std::vector<int32_t>{special});
    const std::string text = "你好" + literal + literal + "\n";
    const auto ids = tokenizer_->EncodeText(text);
    ASSERT_TRUE(ids);
    for (const int32_t id : *ids) EXPECT_FALSE(tokenizer_->IsSpecial(id)) << literal;
    EXPECT_EQ(tokenizer_->Decode(*ids, /*skip_special=*/true), text);
  }
  EXPECT_EQ(count, GetParam().special_count);
  EXPECT_EQ(tokenizer_->SpecialId(GetParam().end_of_turn), tokenizer_->eos_id());
}

// Anything quadratic would take minutes here.
TEST_P(TokenizerGolden, LongTextsWithoutABreak) {
  const auto repeat = [](std::string_view unit, size_t times) {
    std::string text;
    for (size_t i = 0; i < times; ++i) text += unit;
    return text;
  };
  const std::string texts[] = {
      repeat("实", 131072),     repeat("A", 43000),   repeat("\n", 1 << 20),
      repeat(" ", 1 << 20),     repeat("-", 1 << 20), repeat("\u0301\u0323", 1 << 18),
      repeat("<|im_", 1 << 18),
  };
  for (const std::string& text : texts) {
    const auto ids = tokenizer_->EncodeWithSpecials(text);
    ASSERT_TRUE(ids) << ids.error().message;
    EXPECT_TRUE(tokenizer_->Decode(*ids, /*skip_special=*/false) == Expected(text))
        << text.substr(0, 8);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, TokenizerGolden,
    testing::Values(GoldenCase{"qwen2", "YIXIN_TEST_QWEN_GGUF", "tokenizer-qwen2.jsonl", 22,
                               "<|im_end|>"},
                    GoldenCase{"qwen2_stored", "YIXIN_TEST_QWEN_GGUF", "tokenizer-qwen2.jsonl", 22,
                               "<|im_end|>", true},
                    GoldenCase{"smollm2", "YIXIN_TEST_SMOLLM_GGUF", "tokenizer-smollm2.jsonl", 17,
                               "<|im_end|>"},
                    GoldenCase{"smollm2_stored", "YIXIN_TEST_SMOLLM_GGUF",
                               "tokenizer-smollm2.jsonl", 17, "<|im_end|>", true}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace yixin
