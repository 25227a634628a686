// Any bytes as config.json, and as the files beside a sound one. The seeds in corpus/hf_config are
// configs of several ages.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "formats/hf_config.h"

namespace {

constexpr std::string_view kSound =
    R"({"model_type":"qwen2","num_hidden_layers":1,"hidden_size":8,"intermediate_size":8,)"
    R"("num_attention_heads":1,"max_position_embeddings":8,"vocab_size":8})";

void Read(const yixin::HfConfigTexts& texts) {
  yixin::ModelFileParts parts;
  const auto config = yixin::ReadHfConfig(texts, parts);
  if (!config) {
    if (config.error().message.empty()) __builtin_trap();
    return;
  }
  const yixin::ModelFile file(std::move(parts));
  if (!file.GetString("general.architecture")) __builtin_trap();
  for (const yixin::MetadataEntry& entry : file.metadata()) {
    (void)file.GetUint(entry.key);
    (void)file.GetFloat(entry.key);
    (void)file.GetString(entry.key);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Read({.config = text});
  Read({.config = kSound, .generation = text});
  Read({.config = kSound, .tokenizer_config = text});
  return 0;
}
