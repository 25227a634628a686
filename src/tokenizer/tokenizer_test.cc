#include "tokenizer/tokenizer.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TEST(Tokenizer, UnknownPretokenizerIsRefusedByName) {
  TokenizerSpec spec;
  spec.pre = "llama-bpe";
  const auto tokenizer = Tokenizer::Create(spec);
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(tokenizer.error().message.find("llama-bpe"), std::string::npos);
  EXPECT_NE(tokenizer.error().message.find("qwen2, smollm"), std::string::npos);
}

}  // namespace
}  // namespace yixin
