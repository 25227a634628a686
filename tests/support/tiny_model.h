// A complete model of a few hundred kilobytes, made in memory: metadata, tokenizer and weights as
// in a real Qwen2 or SmolLM2 GGUF file, with deterministic random numbers for weights. What it says
// is nonsense; it says the same everywhere. For tests, sanitizers and fuzzers that cannot carry a
// real model.
//
// The vocabulary: 256 byte tokens in GPT-2's alphabet (ids 0 to 255 for qwen2), merges for a few
// words (hello, the, in, system, user, assistant, two spaces, two line breaks) and for Chinese:
// 正面 and 负面 are one token each, 中性 is two. Then the added tokens: <|endoftext|>,
// <|im_start|>, <|im_end|> (control), <tool_call> (user-defined), and unused padding. Llama files
// have the added tokens first, as SmolLM2 has. Tested by: src/formats/tiny_model_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace yixin {

struct TinyModelOptions {
  std::string architecture = "qwen2";  // or "llama": no biases, pre-tokenizer smollm
  uint32_t layers = 2;
  uint32_t hidden = 64;  // Q8_0 needs multiples of 32 in hidden, heads * head_dim and ffn
  uint32_t heads = 4;
  uint32_t kv_heads = 2;
  uint32_t head_dim =
      16;  // where it is not hidden / heads, the file says so (attention.key_length)
  uint32_t ffn = 160;
  uint32_t context = 4096;
  float rope_base = 10000.0f;
  float rms_epsilon = 1e-6f;
  bool tied_head = false;
  bool q8_0 = false;            // matrices as Q8_0; else F32. Norms and biases are F32 always.
  uint32_t padding_tokens = 3;  // unused ids at the vocabulary's end
  uint64_t seed = 1;
};

struct TinyVocabulary {
  std::vector<std::string> tokens;
  std::vector<int32_t> token_types;  // GGUF's: 1 normal, 3 control, 4 user-defined, 5 unused
  std::vector<std::string> merges;
  uint32_t end_of_text = 0;
  uint32_t im_start = 0;
  uint32_t im_end = 0;
  uint32_t user_defined = 0;
};

TinyVocabulary MakeTinyVocabulary(const TinyModelOptions& options);

// The bytes of a GGUF file, version 3.
std::vector<std::byte> MakeTinyModel(const TinyModelOptions& options = {});

}  // namespace yixin
