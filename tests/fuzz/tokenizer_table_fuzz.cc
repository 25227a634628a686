// Any bytes as a stored tokenizer: refused, or a vocabulary that encodes and decodes within itself
// and never makes an added token of plain text. The seed in corpus/tokenizer_table is the small
// vocabulary of tokenizer/test_vocabulary.h.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "tokenizer/incremental_decoder.h"
#include "tokenizer/tokenizer.h"

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

void Use(const yixin::Tokenizer& tokenizer, std::string_view text) {
  const auto plain = tokenizer.EncodeText(text);
  const auto with_specials = tokenizer.EncodeWithSpecials(text);
  for (const auto* ids : {&plain, &with_specials}) {
    if (!*ids) continue;
    yixin::IncrementalDecoder decoder(tokenizer, /*skip_special=*/false);
    for (const int32_t id : **ids) {
      Require(id >= 0 && id < tokenizer.vocabulary_size());
      Require(ids != &plain || !tokenizer.IsSpecial(id));
      Require(!yixin::FindInvalidUtf8(decoder.Append(id)));
    }
    Require(!yixin::FindInvalidUtf8(tokenizer.Decode(**ids, /*skip_special=*/true)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Aligned as a section is.
  std::vector<uint32_t> room(size / sizeof(uint32_t) + 1);
  if (size > 0) std::memcpy(room.data(), data, size);
  const auto bytes = std::as_bytes(std::span(room)).first(size);
  const auto tokenizer = yixin::Tokenizer::Map(bytes);
  if (!tokenizer) {
    Require(!tokenizer.error().message.empty());
    return 0;
  }
  Use(*tokenizer, "hello  hello's 12 AAAAAAAA 正面 e\u0301\r\n<|im_end|>x<|im_start|><tool>");
  for (int32_t id = -1; id <= tokenizer->vocabulary_size(); ++id) {
    Use(*tokenizer, tokenizer->TokenBytes(id));
    if (id > 4096) break;
  }
  Require(tokenizer->Serialise().size() == bytes.size());
  return 0;
}
