#include "yixin/model_tokenizer.h"

#include <gtest/gtest.h>

#include "api/tiny_model_file_test.h"

namespace yixin {
namespace {

TEST(ModelTokenizer, SpecialsOnlyWhereTheyAreAskedFor) {
  const TinyModelFile file;
  const auto tokenizer = ModelTokenizer::Open(file.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const auto special = *tokenizer->Tokenize("hello<|im_end|>", /*plain=*/false);
  ASSERT_EQ(special.size(), 2u);
  EXPECT_EQ(tokenizer->TokenText(special[1]), "<|im_end|>");
  EXPECT_GT(tokenizer->Tokenize("hello<|im_end|>", /*plain=*/true)->size(), 5u);
  EXPECT_EQ(tokenizer->TokenText(-1), "");
  EXPECT_EQ(tokenizer->TokenText(tokenizer->size()), "");
  const auto broken = tokenizer->Tokenize("a\xff", true);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kInvalidText);
}

TEST(ModelTokenizer, FilesThatAreNoModels) {
  const TinyModelFile file;
  EXPECT_EQ(ModelTokenizer::Open("/nonexistent").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ModelTokenizer::Open(file.Write("x.gguf", "no model")).error().code,
            ErrorCode::kInvalidFile);
}

}  // namespace
}  // namespace yixin
