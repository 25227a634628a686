// Any bytes as one of a folder's tokenizer files, chosen by the first byte, the others being sound;
// what is read must make a tokenizer or be refused by it, and then encode and decode. The seeds in
// corpus/hf_tokenizer are of every file.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tokenizer/hf_vocabulary.h"
#include "tokenizer/test_vocabulary.h"
#include "tokenizer/tokenizer.h"

namespace {

constexpr uint64_t kRows = 1024;

// vocab.json of the 256 bytes and "he".
std::string SoundVocab() {
  yixin::TestVocabulary bytes;
  bytes.AddMerge("h", "e");
  std::string text = "{";
  for (size_t id = 0; id < bytes.tokens.size(); ++id) {
    std::string token = bytes.tokens[id];
    if (token == "\"" || token == "\\") token.insert(0, "\\");
    text += (id == 0 ? "\"" : ",\"") + token + "\":" + std::to_string(id);
  }
  return text + "}";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  static const auto* const sound_vocab = new std::string(SoundVocab());
  yixin::HfTokenizerTexts texts{.vocab = *sound_vocab, .merges = "h e\n", .model_type = "qwen2"};
  switch (data[0] % 5) {
    case 0:
      texts.tokenizer = text;
      break;
    case 1:
      texts.vocab = text;
      break;
    case 2:
      texts.merges = text;
      break;
    case 3:
      texts.tokenizer_config = text;
      break;
    default:
      texts.added_tokens = text;
      break;
  }
  const auto vocabulary = yixin::ReadHfVocabulary(texts, kRows);
  if (!vocabulary) {
    if (vocabulary.error().message.empty()) __builtin_trap();
    return 0;
  }
  if (vocabulary->tokens.size() > kRows) __builtin_trap();
  const auto tokenizer = yixin::Tokenizer::Create(vocabulary->Spec());
  if (!tokenizer) return 0;
  for (const std::string_view sample : {"hello <|im_end|> 正面 12", "cafe\u0301  \n x"}) {
    const auto plain = tokenizer->EncodeText(sample);
    if (!plain) continue;
    for (const int32_t id : *plain) {
      if (tokenizer->IsSpecial(id)) __builtin_trap();
    }
    (void)tokenizer->Decode(*plain, true);
  }
  return 0;
}
