// Two entries in one, chosen by the first byte. Even: any bytes as a text for a small vocabulary,
// which must round-trip and never become an added token by itself. Odd: any bytes as a vocabulary,
// which is refused or must then encode and decode. The seeds in corpus/tokenizer have both.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "tokenizer/incremental_decoder.h"
#include "tokenizer/normalize.h"
#include "tokenizer/test_vocabulary.h"
#include "tokenizer/tokenizer.h"

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

std::string Stream(const yixin::Tokenizer& tokenizer, const std::vector<int32_t>& ids) {
  yixin::IncrementalDecoder decoder(tokenizer, /*skip_special=*/false);
  std::string text;
  for (const int32_t id : ids) {
    const std::string part = decoder.Append(id);
    Require(!yixin::FindInvalidUtf8(part));
    text += part;
  }
  return text + decoder.Flush();
}

void EncodeAndDecode(const yixin::Tokenizer& tokenizer, std::string_view text) {
  const auto plain = tokenizer.EncodeText(text);
  const auto with_specials = tokenizer.EncodeWithSpecials(text);
  const auto reference_plain = tokenizer.EncodeAsReferencePlain(text);
  Require(!yixin::FindInvalidUtf8(text) || (!plain && !with_specials && !reference_plain));
  if (plain) {
    for (const int32_t id : *plain) Require(!tokenizer.IsSpecial(id));
    const std::string decoded = tokenizer.Decode(*plain, /*skip_special=*/true);
    Require(decoded == (tokenizer.normalizes() ? yixin::NormalizeNfc(text) : std::string(text)));
    Require(Stream(tokenizer, *plain) == decoded);
  }
  if (with_specials) {
    const std::string decoded = tokenizer.Decode(*with_specials, /*skip_special=*/false);
    Require(tokenizer.normalizes() || decoded == text);
  }
  if (reference_plain) {
    for (const int32_t id : *reference_plain) Require(!tokenizer.IsControl(id));
  }
}

void FuzzText(std::string_view text) {
  static const auto* const qwen2 =
      new yixin::Tokenizer(*yixin::Tokenizer::Create(yixin::TestVocabulary::Mixed("qwen2").Spec()));
  static const auto* const smollm = new yixin::Tokenizer(
      *yixin::Tokenizer::Create(yixin::TestVocabulary::Mixed("smollm").Spec()));
  EncodeAndDecode(*qwen2, text);
  EncodeAndDecode(*smollm, text);
  // The bytes as ids too.
  std::vector<int32_t> ids;
  for (const char byte : text) ids.push_back(static_cast<uint8_t>(byte) * 2 - 5);
  Require(Stream(*qwen2, ids) == qwen2->Decode(ids, /*skip_special=*/false));
}

// Lines: "m left right" is a merge, "tN token" a token of type N after the 256 bytes, "b" drops the
// bytes' tokens, "p name" is the pre-tokenizer.
void FuzzVocabulary(std::string_view lines) {
  const yixin::TestVocabulary bytes;
  yixin::TokenizerSpec spec = bytes.Spec();
  std::string_view text = "hello <|im_end|> 正面";
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    if (line.starts_with("m ")) {
      spec.merges.push_back(line.substr(2));
    } else if (line.size() >= 3 && line[0] == 't') {
      spec.tokens.push_back(line.substr(3));
      spec.token_types.push_back(line[1] - '0');
    } else if (line.starts_with("b")) {
      spec.tokens.clear();
      spec.token_types.clear();
    } else if (line.starts_with("p ")) {
      spec.pre = line.substr(2);
    } else {
      text = line;
    }
  }
  const auto tokenizer = yixin::Tokenizer::Create(spec);
  if (tokenizer) {
    EncodeAndDecode(*tokenizer, text);
  } else {
    Require(!tokenizer.error().message.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    FuzzText(rest);
  } else {
    FuzzVocabulary(rest);
  }
  return 0;
}
