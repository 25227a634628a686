// What a model file says about its vocabulary, as plain views: the door between a file format and
// the tokenizer. Nothing here is checked; Tokenizer::Create checks all of it.
// Tested by: tokenizer_test.cc
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace yixin {

// The values of tokenizer.ggml.token_type.
enum class TokenType : int32_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,      // <|im_end|>: added, has a meaning for the model
  kUserDefined = 4,  // <tool_call>: added, an ordinary string
  kUnused = 5,       // fills the embedding matrix; stands for nothing
  kByte = 6,         // SentencePiece only
};

// Views point into the caller's memory and need to live only while Create runs.
struct TokenizerSpec {
  // Index = id. Normal tokens in the byte-level alphabet of GPT-2, added tokens literally.
  std::vector<std::string_view> tokens;
  std::vector<std::string_view> merges;  // "left right", best first
  std::vector<int32_t> token_types;      // [tokens.size()], values of TokenType
  std::string pre;                       // tokenizer.ggml.pre, for example "qwen2"
  int32_t bos_id = -1;                   // -1: the file names none
  int32_t eos_id = -1;
  int32_t unknown_id = -1;
};

}  // namespace yixin
