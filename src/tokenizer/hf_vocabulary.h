// The tokenizer files of a Hugging Face folder as a TokenizerSpec: tokenizer.json, or vocab.json
// with merges.txt, and the added tokens that stand beside them. What they do to a text is
// recognised, not executed: normaliser and pre-tokenizer must be one of pretokenize.h's.
// Source: https://huggingface.co/docs/tokenizers (the JSON has no other specification)
// Tested by: hf_vocabulary_test.cc, tests/golden; fuzzed by tests/fuzz/hf_tokenizer_fuzz.cc
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer_spec.h"
#include "yixin/result.h"

namespace yixin {

// The texts of the files; empty where there is none. Where tokenizer.json is there, vocab.json and
// merges.txt are not read.
struct HfTokenizerTexts {
  std::string_view tokenizer;         // tokenizer.json
  std::string_view vocab;             // vocab.json
  std::string_view merges;            // merges.txt
  std::string_view added_tokens;      // added_tokens.json
  std::string_view tokenizer_config;  // tokenizer_config.json: added_tokens_decoder, and the kind
  std::string_view model_type;        // config.json's: the kind where tokenizer_config has none
};

struct HfVocabulary {
  std::vector<std::string> tokens;  // index = id; ids without a token have a filler
  std::vector<std::string> merges;  // "left right"
  std::vector<int32_t> types;       // values of TokenType
  std::string pre;                  // a name of pretokenize.h
  int32_t unknown_id = -1;

  // Views of this, which must outlive them and stay unchanged.
  TokenizerSpec Spec() const;
};

// No file here has more than that many bytes; larger ones are refused.
inline constexpr size_t kMaxTokenizerFileBytes = size_t{32} << 20;

// In: embedding_rows, what the model has rows for; every id is below it.
// Errors: kInvalidFile with the file and the token; kUnsupported for anything that would make other
// ids than this tokenizer makes (another model than BPE, another normaliser or pre-tokenizer, added
// tokens that take white space with them), by name; kNotFound where there are no such files.
// Cost: some 150 ms and 100 MB for 150,000 tokens.
Result<HfVocabulary> ReadHfVocabulary(const HfTokenizerTexts& texts, uint64_t embedding_rows);

}  // namespace yixin
