// config.json and what lies beside it, as GGUF's metadata keys say the same: sizes, rotation, end
// tokens, chat template. Features that change the arithmetic and that yixin does not have are
// refused here by the name that config.json gives them.
// Tested by: hf_config_test.cc; fuzzed by tests/fuzz/hf_config_fuzz.cc
#pragma once

#include <string_view>

#include "formats/model_file.h"
#include "yixin/result.h"

namespace yixin {

// The texts of a folder's files; empty where there is none.
struct HfConfigTexts {
  std::string_view config;            // config.json
  std::string_view generation;        // generation_config.json: end tokens, before config.json's
  std::string_view tokenizer_config;  // tokenizer_config.json: the chat template
  std::string_view chat_template;     // chat_template.jinja, before tokenizer_config.json's
};

struct HfConfig {
  bool tied_head = false;   // tie_word_embeddings; lm_head is not read then
  uint64_t vocabulary = 0;  // vocab_size: rows of the embedding
};

// Adds to parts.metadata and parts.texts what a GGUF file of the model would say:
// general.architecture, ARCH.block_count and the other sizes, ARCH.rope.freq_base,
// tokenizer.ggml.eos_token_id (the first, where there is a list) and bos_token_id,
// tokenizer.chat_template.
// Errors: kInvalidFile with the file and key; kUnsupported for another architecture, RoPE scaling,
// a sliding window in use, experts, partial rotary embeddings, another activation, quantized
// weights.
Result<HfConfig> ReadHfConfig(const HfConfigTexts& texts, ModelFileParts& parts);

}  // namespace yixin
