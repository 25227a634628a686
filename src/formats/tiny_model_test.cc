// The model that other rooms' tests stand on is what its header promises.
#include "support/tiny_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "formats/dequantize.h"
#include "formats/gguf.h"

namespace yixin {
namespace {

std::vector<float> Dequantized(const TensorView& tensor) {
  std::vector<float> values(tensor.elements());
  EXPECT_TRUE(DequantizeRow(tensor.type, tensor.bytes, values));
  return values;
}

TEST(TinyModel, HasTheShapesOfItsOptions) {
  TinyModelOptions options;
  options.layers = 3;
  options.hidden = 96;
  options.heads = 3;
  options.kv_heads = 1;
  options.head_dim = 64;  // not hidden / heads
  const auto bytes = MakeTinyModel(options);
  const auto file = ParseGguf(bytes);
  ASSERT_TRUE(file) << file.error().message;
  const uint64_t vocabulary = MakeTinyVocabulary(options).tokens.size();
  EXPECT_EQ(*file->GetUint("qwen2.attention.key_length"), 64u);
  EXPECT_EQ(file->FindTensor("token_embd.weight")->shape, (std::vector<uint64_t>{vocabulary, 96}));
  EXPECT_EQ(file->FindTensor("blk.2.attn_q.weight")->shape, (std::vector<uint64_t>{192, 96}));
  EXPECT_EQ(file->FindTensor("blk.2.attn_k.weight")->shape, (std::vector<uint64_t>{64, 96}));
  EXPECT_EQ(file->FindTensor("blk.2.attn_output.weight")->shape, (std::vector<uint64_t>{96, 192}));
  EXPECT_EQ(file->FindTensor("blk.2.ffn_down.weight")->shape, (std::vector<uint64_t>{96, 160}));
  EXPECT_EQ(file->FindTensor("blk.2.attn_q.bias")->shape, (std::vector<uint64_t>{192}));
  EXPECT_NE(file->FindTensor("output.weight"), nullptr);
  EXPECT_EQ(file->FindTensor("blk.3.attn_q.weight"), nullptr);
}

TEST(TinyModel, LlamaHasNoBiasesAndSpecialTokensFirst) {
  TinyModelOptions options;
  options.architecture = "llama";
  options.tied_head = true;
  const auto bytes = MakeTinyModel(options);
  const auto file = ParseGguf(bytes);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(*file->GetString("tokenizer.ggml.pre"), "smollm");
  EXPECT_EQ(file->FindTensor("blk.0.attn_q.bias"), nullptr);
  EXPECT_EQ(file->FindTensor("output.weight"), nullptr);
  EXPECT_EQ((*file->GetStringArray("tokenizer.ggml.tokens"))[1], "<|im_start|>");
  EXPECT_EQ(*file->GetUint("tokenizer.ggml.bos_token_id"), 1u);
}

TEST(TinyModel, TheVocabularyIsConsistent) {
  for (const char* architecture : {"qwen2", "llama"}) {
    TinyModelOptions options;
    options.architecture = architecture;
    const TinyVocabulary vocabulary = MakeTinyVocabulary(options);
    ASSERT_EQ(vocabulary.tokens.size(), vocabulary.token_types.size());
    const std::set<std::string> known(vocabulary.tokens.begin(), vocabulary.tokens.end());
    EXPECT_EQ(known.size(), vocabulary.tokens.size()) << "a token occurs twice";
    for (const std::string& merge : vocabulary.merges) {
      const size_t space = merge.find(' ');
      ASSERT_NE(space, std::string::npos);
      const std::string left = merge.substr(0, space);
      const std::string right = merge.substr(space + 1);
      EXPECT_TRUE(known.contains(left)) << merge;
      EXPECT_TRUE(known.contains(right)) << merge;
      EXPECT_TRUE(known.contains(left + right)) << merge;
    }
    EXPECT_EQ(vocabulary.tokens[vocabulary.im_end], "<|im_end|>");
    EXPECT_EQ(vocabulary.token_types[vocabulary.im_end], 3);
    EXPECT_EQ(vocabulary.token_types[vocabulary.user_defined], 4);
    EXPECT_EQ(vocabulary.token_types.back(), 5);
  }
  // 正面 in GPT-2's alphabet, as it stands in Qwen's own vocabulary.
  const auto tokens = MakeTinyVocabulary({}).tokens;
  EXPECT_NE(std::find(tokens.begin(), tokens.end(), "æŃ£éĿ¢"), tokens.end());
  EXPECT_EQ(tokens[0], "!");
  EXPECT_EQ(tokens[188], "Ā") << "byte 0 follows the 188 printable ones";
}

TEST(TinyModel, WeightsAreTheSameEverywhereAndChangeWithTheSeed) {
  const auto bytes = MakeTinyModel();
  EXPECT_EQ(bytes, MakeTinyModel());
  TinyModelOptions other;
  other.seed = 2;
  EXPECT_NE(bytes, MakeTinyModel(other));
  const auto file = ParseGguf(bytes);
  ASSERT_TRUE(file);
  const auto values = Dequantized(*file->FindTensor("blk.1.ffn_up.weight"));
  double sum = 0;
  double squares = 0;
  for (const float value : values) {
    sum += value;
    squares += double{value} * value;
  }
  const double n = static_cast<double>(values.size());
  EXPECT_NEAR(sum / n, 0.0, 0.01);
  EXPECT_NEAR(squares / n * 64, 1.0, 0.05) << "variance 1 / cols";
}

TEST(TinyModel, Q8_0IsTheSameModelRounded) {
  TinyModelOptions options;
  const auto exact_bytes = MakeTinyModel(options);
  options.q8_0 = true;
  const auto rounded_bytes = MakeTinyModel(options);
  const auto exact = ParseGguf(exact_bytes);
  const auto rounded = ParseGguf(rounded_bytes);
  ASSERT_TRUE(exact && rounded);
  EXPECT_EQ(rounded->FindTensor("blk.0.attn_norm.weight")->type, TensorType::kF32);
  const TensorView* tensor = rounded->FindTensor("blk.0.ffn_down.weight");
  ASSERT_EQ(tensor->type, TensorType::kQ8_0);
  const auto want = Dequantized(*exact->FindTensor("blk.0.ffn_down.weight"));
  const auto got = Dequantized(*tensor);
  for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 0.001f) << i;
}

}  // namespace
}  // namespace yixin
