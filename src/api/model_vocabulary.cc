// Tested by: model_tokenizer_test.cc, tests/golden
#include "api/model_vocabulary.h"

#include <array>
#include <string>
#include <utility>

#include "formats/hf_folder.h"
#include "tokenizer/hf_vocabulary.h"

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

Status ReadTokenIds(const ModelFile& file, TokenizerSpec& spec) {
  const size_t size = spec.tokens.size();
  YIXIN_TRY(spec.bos_id, OptionalId(file, "tokenizer.ggml.bos_token_id", size));
  YIXIN_TRY(spec.eos_id, OptionalId(file, "tokenizer.ggml.eos_token_id", size));
  return {};
}

// Where the folder lies, before what is wrong with a file in it.
template <typename T>
Result<T> InFolder(const ModelFile& file, Result<T> result) {
  if (result) return result;
  Error error = std::move(result).error();
  error.message = (file.folder() / "").string() + ": " + error.message;
  return error;
}

Result<Tokenizer> ReadFolderTokenizer(const ModelFile& file) {
  constexpr std::array<std::string_view, 5> kNames = {"tokenizer.json", "vocab.json", "merges.txt",
                                                      "added_tokens.json", "tokenizer_config.json"};
  std::array<std::string, kNames.size()> texts;
  for (size_t i = 0; i < kNames.size(); ++i) {
    YIXIN_TRY(texts[i], ReadFolderText(file.folder(), kNames[i], kMaxTokenizerFileBytes));
  }
  YIXIN_TRY(const TensorView* embedding, file.GetTensor("token_embd.weight"));
  YIXIN_TRY(const std::string_view model_type, file.GetString("general.architecture"));
  const HfTokenizerTexts files{texts[0], texts[1], texts[2], texts[3], texts[4], model_type};
  YIXIN_TRY(const HfVocabulary vocabulary,
            InFolder(file, ReadHfVocabulary(files, embedding->rows())));
  TokenizerSpec spec = vocabulary.Spec();
  YIXIN_CHECK_OK(ReadTokenIds(file, spec));
  return InFolder(file, Tokenizer::Create(spec));
}

}  // namespace

Result<Tokenizer> ReadTokenizer(const ModelFile& file) {
  if (file.origin() == ModelOrigin::kHuggingFace) return ReadFolderTokenizer(file);
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
  YIXIN_CHECK_OK(ReadTokenIds(file, spec));
  YIXIN_TRY(spec.unknown_id,
            OptionalId(file, "tokenizer.ggml.unknown_token_id", spec.tokens.size()));
  return Tokenizer::Create(spec);
}

}  // namespace yixin
