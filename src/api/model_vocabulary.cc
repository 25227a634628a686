// Tested by: model_tokenizer_test.cc, tests/golden
#include "api/model_vocabulary.h"

#include <string>

namespace yixin {
namespace {

// A key that may be missing: -1.
Result<int32_t> OptionalId(const ModelFile& file, std::string_view key, size_t vocabulary) {
  if (!file.HasKey(key)) return -1;
  YIXIN_TRY(const uint64_t id, file.GetUint(key));
  if (id >= vocabulary) {
    return Error{ErrorCode::kInvalidFile,
                 std::string(key) + ": id " + std::to_string(id) +
                     " is outside the vocabulary of " + std::to_string(vocabulary),
                 std::string(key)};
  }
  return static_cast<int32_t>(id);
}

}  // namespace

Result<Tokenizer> ReadTokenizer(const ModelFile& file) {
  YIXIN_TRY(const std::string_view kind, file.GetString("tokenizer.ggml.model"));
  if (kind != "gpt2") {
    return Error{ErrorCode::kUnsupported,
                 "tokenizer.ggml.model: " + std::string(kind.substr(0, 64)) +
                     " is not supported; yixin reads gpt2 (byte-level BPE), as Qwen2 and SmolLM2 "
                     "have it",
                 "tokenizer.ggml.model"};
  }
  TokenizerSpec spec;
  YIXIN_TRY(spec.tokens, file.GetStringArray("tokenizer.ggml.tokens"));
  YIXIN_TRY(spec.merges, file.GetStringArray("tokenizer.ggml.merges"));
  YIXIN_TRY(spec.token_types, file.GetIntArray("tokenizer.ggml.token_type"));
  YIXIN_TRY(const std::string_view pre, file.GetString("tokenizer.ggml.pre"));
  spec.pre = pre;
  const size_t size = spec.tokens.size();
  YIXIN_TRY(spec.bos_id, OptionalId(file, "tokenizer.ggml.bos_token_id", size));
  YIXIN_TRY(spec.eos_id, OptionalId(file, "tokenizer.ggml.eos_token_id", size));
  YIXIN_TRY(spec.unknown_id, OptionalId(file, "tokenizer.ggml.unknown_token_id", size));
  return Tokenizer::Create(spec);
}

}  // namespace yixin
