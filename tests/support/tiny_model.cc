#include "support/tiny_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>

#include "base/half.h"
#include "base/utf8.h"
#include "support/gguf_writer.h"

namespace yixin {
namespace {

// GPT-2's alphabet: every byte as a printable character. Bytes that are printable in Latin-1 stand
// for themselves, the others for U+0100 and up in the bytes' order.
bool IsItsOwnCharacter(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

std::array<std::string, 256> ByteAlphabet() {
  std::array<std::string, 256> alphabet;
  char32_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    AppendUtf8(IsItsOwnCharacter(byte) ? static_cast<char32_t>(byte) : next++, alphabet[byte]);
  }
  return alphabet;
}

class VocabularyBuilder {
 public:
  explicit VocabularyBuilder(TinyVocabulary& out) : out_(out), alphabet_(ByteAlphabet()) {}

  uint32_t Add(std::string token, int32_t type) {
    out_.tokens.push_back(std::move(token));
    out_.token_types.push_back(type);
    return static_cast<uint32_t>(out_.tokens.size() - 1);
  }

  void AddBytes() {
    for (const bool own : {true, false}) {
      for (int byte = 0; byte < 256; ++byte) {
        if (IsItsOwnCharacter(byte) == own) Add(alphabet_[byte], 1);
      }
    }
  }

  // In: plain text. A merge that exists already is not added again.
  void Merge(std::string_view left, std::string_view right) {
    std::string merge = Spell(left) + " " + Spell(right);
    if (std::find(out_.merges.begin(), out_.merges.end(), merge) != out_.merges.end()) return;
    out_.merges.push_back(std::move(merge));
    Add(Spell(left) + Spell(right), 1);
  }

  // The bytes of `text` one after the other onto what came before.
  void MergeFromLeft(std::string_view text) {
    for (size_t i = 1; i < text.size(); ++i) Merge(text.substr(0, i), text.substr(i, 1));
  }

 private:
  std::string Spell(std::string_view bytes) const {
    std::string text;
    for (const char byte : bytes) text += alphabet_[static_cast<uint8_t>(byte)];
    return text;
  }

  TinyVocabulary& out_;
  std::array<std::string, 256> alphabet_;
};

// SplitMix64 (Steele, Lea, Flood 2014): the n-th number of a stream, without state.
uint64_t RandomBits(uint64_t stream, uint64_t n) {
  uint64_t z = stream + (n + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// Uniform in [-1, 1), a multiple of 2^-23: exact, so the same on every machine.
float RandomUnit(uint64_t stream, uint64_t n) {
  return static_cast<float>(static_cast<int64_t>(RandomBits(stream, n) >> 40) - (1 << 23)) *
         0x1p-23f;
}

std::vector<std::byte> QuantizeQ8_0(const std::vector<float>& values) {
  std::vector<std::byte> bytes;
  for (size_t block = 0; block < values.size(); block += 32) {
    float largest = 0.0f;
    for (size_t i = 0; i < 32; ++i) largest = std::max(largest, std::abs(values[block + i]));
    const uint16_t scale_bits = FloatToF16(largest / 127.0f);
    const float scale = F16ToFloat(scale_bits);
    bytes.push_back(static_cast<std::byte>(scale_bits & 0xff));
    bytes.push_back(static_cast<std::byte>(scale_bits >> 8));
    for (size_t i = 0; i < 32; ++i) {
      const float steps = scale == 0.0f ? 0.0f : std::round(values[block + i] / scale);
      const int q = static_cast<int>(std::clamp(steps, -127.0f, 127.0f));
      bytes.push_back(static_cast<std::byte>(q & 0xff));
    }
  }
  return bytes;
}

class WeightWriter {
 public:
  WeightWriter(const TinyModelOptions& options, GgufWriter& out) : options_(options), out_(out) {}

  // Uniform values with the variance that keeps activations near 1: sqrt(3 / cols) wide.
  void AddMatrix(const std::string& name, uint64_t rows, uint64_t cols) {
    const auto values = Values(rows * cols, 0.0f, std::sqrt(3.0f / static_cast<float>(cols)));
    if (options_.q8_0) {
      out_.AddTensor(name, {rows, cols}, kGgufQ8_0, QuantizeQ8_0(values));
    } else {
      out_.AddTensor(name, {rows, cols}, kGgufF32, std::as_bytes(std::span(values)));
    }
  }

  void AddVector(const std::string& name, uint64_t size, float centre, float spread) {
    const auto values = Values(size, centre, spread);
    out_.AddTensor(name, {size}, kGgufF32, std::as_bytes(std::span(values)));
  }

 private:
  std::vector<float> Values(uint64_t count, float centre, float spread) {
    const uint64_t stream = RandomBits(options_.seed, tensors_++);
    std::vector<float> values(count);
    for (uint64_t i = 0; i < count; ++i) values[i] = centre + spread * RandomUnit(stream, i);
    return values;
  }

  const TinyModelOptions& options_;
  GgufWriter& out_;
  uint64_t tensors_ = 0;
};

void WriteSizes(const TinyModelOptions& options, size_t vocabulary, GgufWriter& out) {
  const std::string prefix = options.architecture + ".";
  out.WriteKey("general.architecture", options.architecture);
  out.WriteKey("general.type", "model");
  out.WriteKey("general.name", "Tiny test model");
  out.WriteKey(prefix + "block_count", options.layers);
  out.WriteKey(prefix + "context_length", options.context);
  out.WriteKey(prefix + "embedding_length", options.hidden);
  out.WriteKey(prefix + "feed_forward_length", options.ffn);
  out.WriteKey(prefix + "attention.head_count", options.heads);
  out.WriteKey(prefix + "attention.head_count_kv", options.kv_heads);
  out.WriteKey(prefix + "rope.freq_base", options.rope_base);
  out.WriteKey(prefix + "attention.layer_norm_rms_epsilon", options.rms_epsilon);
  if (options.head_dim * options.heads != options.hidden) {
    out.WriteKey(prefix + "attention.key_length", options.head_dim);
    out.WriteKey(prefix + "attention.value_length", options.head_dim);
  }
  if (options.architecture == "llama") {
    out.WriteKey("llama.vocab_size", static_cast<uint32_t>(vocabulary));
    out.WriteKey("llama.rope.dimension_count", options.head_dim);
  }
  out.WriteKey("general.file_type", options.q8_0 ? uint32_t{7} : uint32_t{0});
}

void WriteTokenizer(const TinyModelOptions& options, const TinyVocabulary& vocabulary,
                    GgufWriter& out) {
  const bool llama = options.architecture == "llama";
  if (llama) out.WriteKey("tokenizer.ggml.add_space_prefix", false);
  out.WriteKey("tokenizer.ggml.model", "gpt2");
  out.WriteKey("tokenizer.ggml.pre", llama ? "smollm" : "qwen2");
  out.WriteKey("tokenizer.ggml.tokens", vocabulary.tokens);
  out.WriteKey("tokenizer.ggml.token_type", vocabulary.token_types);
  out.WriteKey("tokenizer.ggml.merges", vocabulary.merges);
  out.WriteKey("tokenizer.ggml.eos_token_id", vocabulary.im_end);
  out.WriteKey("tokenizer.ggml.padding_token_id",
               llama ? vocabulary.im_end : vocabulary.end_of_text);
  out.WriteKey("tokenizer.ggml.bos_token_id", llama ? vocabulary.im_start : vocabulary.end_of_text);
  if (llama) out.WriteKey("tokenizer.ggml.unknown_token_id", vocabulary.end_of_text);
  out.WriteKey("tokenizer.ggml.add_bos_token", false);
  out.WriteKey("tokenizer.chat_template",
               "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + "
               "message['content'] + '<|im_end|>\\n' }}{% endfor %}"
               "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}");
  out.WriteKey("general.quantization_version", uint32_t{2});
}

void WriteWeights(const TinyModelOptions& options, size_t vocabulary, GgufWriter& out) {
  WeightWriter weights(options, out);
  const uint64_t hidden = options.hidden;
  const uint64_t q_size = uint64_t{options.heads} * options.head_dim;
  const uint64_t kv_size = uint64_t{options.kv_heads} * options.head_dim;
  if (!options.tied_head) weights.AddMatrix("output.weight", vocabulary, hidden);
  weights.AddMatrix("token_embd.weight", vocabulary, hidden);
  for (uint32_t layer = 0; layer < options.layers; ++layer) {
    const std::string prefix = "blk." + std::to_string(layer) + ".";
    weights.AddVector(prefix + "attn_norm.weight", hidden, 1.0f, 0.2f);
    weights.AddMatrix(prefix + "ffn_down.weight", hidden, options.ffn);
    weights.AddMatrix(prefix + "ffn_gate.weight", options.ffn, hidden);
    weights.AddMatrix(prefix + "ffn_up.weight", options.ffn, hidden);
    weights.AddVector(prefix + "ffn_norm.weight", hidden, 1.0f, 0.2f);
    weights.AddMatrix(prefix + "attn_k.weight", kv_size, hidden);
    weights.AddMatrix(prefix + "attn_output.weight", hidden, q_size);
    weights.AddMatrix(prefix + "attn_q.weight", q_size, hidden);
    weights.AddMatrix(prefix + "attn_v.weight", kv_size, hidden);
    if (options.architecture == "qwen2") {
      weights.AddVector(prefix + "attn_k.bias", kv_size, 0.0f, 1.0f);
      weights.AddVector(prefix + "attn_q.bias", q_size, 0.0f, 1.0f);
      weights.AddVector(prefix + "attn_v.bias", kv_size, 0.0f, 0.1f);
    }
  }
  weights.AddVector("output_norm.weight", hidden, 1.0f, 0.2f);
}

}  // namespace

TinyVocabulary MakeTinyVocabulary(const TinyModelOptions& options) {
  TinyVocabulary vocabulary;
  VocabularyBuilder builder(vocabulary);
  const auto add_special = [&] {
    vocabulary.end_of_text = builder.Add("<|endoftext|>", 3);
    vocabulary.im_start = builder.Add("<|im_start|>", 3);
    vocabulary.im_end = builder.Add("<|im_end|>", 3);
    vocabulary.user_defined = builder.Add("<tool_call>", 4);
  };
  const bool special_first = options.architecture == "llama";
  if (special_first) add_special();
  builder.AddBytes();
  builder.Merge(" ", " ");
  builder.Merge("h", "e");
  builder.Merge("i", "n");
  builder.Merge(" ", "t");
  builder.Merge(" t", "he");
  builder.Merge("l", "l");
  builder.Merge("he", "ll");
  builder.Merge("hell", "o");
  builder.Merge("\n", "\n");
  for (const char* text : {"system", "user", "assistant", "正", "负", "面", "中", "性"}) {
    builder.MergeFromLeft(text);
  }
  builder.Merge("正", "面");
  builder.Merge("负", "面");
  if (!special_first) add_special();
  for (uint32_t i = 0; i < options.padding_tokens; ++i) {
    builder.Add("[PAD" + std::to_string(vocabulary.tokens.size()) + "]", 5);
  }
  return vocabulary;
}

std::vector<std::byte> MakeTinyModel(const TinyModelOptions& options) {
  const TinyVocabulary vocabulary = MakeTinyVocabulary(options);
  GgufWriter out;
  WriteSizes(options, vocabulary.tokens.size(), out);
  WriteTokenizer(options, vocabulary, out);
  WriteWeights(options, vocabulary.tokens.size(), out);
  return out.Finish();
}

}  // namespace yixin
