#include "golden/hf_export.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <span>
#include <string_view>

#include "formats/dequantize.h"
#include "formats/hf_names.h"
#include "model/config.h"
#include "support/safetensors_writer.h"
#include "tokenizer/tokenizer_spec.h"

namespace yixin {
namespace {

using Json = nlohmann::json;

Json ConfigJson(const ModelFile& gguf, const ModelConfig& config) {
  const bool qwen2 = config.architecture == Architecture::kQwen2;
  return {{"architectures", {qwen2 ? "Qwen2ForCausalLM" : "LlamaForCausalLM"}},
          {"model_type", qwen2 ? "qwen2" : "llama"},
          {"hidden_act", "silu"},
          {"hidden_size", config.hidden},
          {"intermediate_size", config.ffn},
          {"num_hidden_layers", config.layers},
          {"num_attention_heads", config.heads},
          {"num_key_value_heads", config.kv_heads},
          {"head_dim", config.head_dim},
          {"max_position_embeddings", config.trained_context},
          {"rms_norm_eps", config.rms_epsilon},
          {"rope_theta", config.rope_base},
          {"tie_word_embeddings", config.tied_head},
          {"vocab_size", config.vocabulary},
          {"eos_token_id", *gguf.GetUint("tokenizer.ggml.eos_token_id")},
          {"torch_dtype", "float32"}};
}

// Which row of the GGUF tensor is this row of the checkpoint's. llama.cpp permutes llama's queries
// and keys so that the halves of a head take turns.
uint64_t SourceRow(const TensorView& tensor, const ModelConfig& config, uint64_t row) {
  const bool permuted = config.interleaved_rope && (tensor.name.ends_with("attn_q.weight") ||
                                                    tensor.name.ends_with("attn_k.weight"));
  if (!permuted) return row;
  const auto head_dim = static_cast<uint64_t>(config.head_dim);
  const uint64_t within = row % head_dim;
  return row - within + 2 * (within % (head_dim / 2)) + within / (head_dim / 2);
}

void WriteText(const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  EXPECT_TRUE(file.flush()) << path;
}

void WriteWeights(const ModelFile& gguf, const ModelConfig& config,
                  const std::filesystem::path& path) {
  Json header = Json::object();
  uint64_t offset = 0;
  for (const TensorView& tensor : gguf.tensors()) {
    const uint64_t end = offset + tensor.elements() * sizeof(float);
    header[HuggingFaceName(tensor.name)] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::ofstream file(path, std::ios::binary);
  const auto write = [&](std::span<const std::byte> bytes) {
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  };
  write(SafetensorsFile(header.dump(), 0));
  std::vector<float> values;
  for (const TensorView& tensor : gguf.tensors()) {
    values.resize(tensor.cols());
    for (uint64_t row = 0; row < tensor.rows(); ++row) {
      const auto bytes = tensor.Row(SourceRow(tensor, config, row));
      EXPECT_TRUE(DequantizeRow(tensor.type, bytes, values));
      write(std::as_bytes(std::span(values)));
    }
    gguf.ReleaseTensor(tensor);
  }
  EXPECT_TRUE(file.flush()) << path << ": no room for " << offset << " bytes";
}

}  // namespace

FolderVocabulary ReadFolderVocabulary(const ModelFile& gguf) {
  FolderVocabulary vocabulary;
  const auto tokens = *gguf.GetStringArray("tokenizer.ggml.tokens");
  const auto types = *gguf.GetIntArray("tokenizer.ggml.token_type");
  vocabulary.rows = tokens.size();
  for (size_t id = 0; id < tokens.size(); ++id) {
    const auto type = static_cast<TokenType>(types[id]);
    if (type == TokenType::kNormal) {
      vocabulary.vocab[std::string(tokens[id])] = id;
    } else if (type != TokenType::kUnused) {
      vocabulary.added_tokens.push_back(
          {{"id", id}, {"content", tokens[id]}, {"special", type != TokenType::kUserDefined}});
    }
  }
  const auto merges = *gguf.GetStringArray("tokenizer.ggml.merges");
  vocabulary.merges.assign(merges.begin(), merges.end());
  return vocabulary;
}

std::string TokenizerJson(const FolderVocabulary& vocabulary, const char* parts) {
  Json tokenizer = Json::parse(parts);
  tokenizer["added_tokens"] = vocabulary.added_tokens;
  tokenizer["model"] = {
      {"type", "BPE"}, {"vocab", vocabulary.vocab}, {"merges", vocabulary.merges}};
  return tokenizer.dump();
}

void WriteHfFolder(const ModelFile& gguf, const char* tokenizer_parts,
                   const std::filesystem::path& folder) {
  const ModelConfig config = *ReadModelConfig(gguf);
  WriteText(folder / "config.json", ConfigJson(gguf, config).dump(2));
  const FolderVocabulary vocabulary = ReadFolderVocabulary(gguf);
  WriteText(folder / "tokenizer.json", TokenizerJson(vocabulary, tokenizer_parts));
  const Json tokenizer_config = {{"chat_template", *gguf.GetString("tokenizer.chat_template")}};
  WriteText(folder / "tokenizer_config.json", tokenizer_config.dump(2));
  WriteWeights(gguf, config, folder / "model.safetensors");
}

}  // namespace yixin
