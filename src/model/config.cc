// Tested by: model_test.cc
#include "model/config.h"

#include <array>
#include <string_view>

#include "kernels/kernel_table.h"

namespace yixin {
namespace {

// Far above any model that a CPU would run, far below where products overflow.
constexpr uint64_t kMaxLayers = 1024;
constexpr uint64_t kMaxWidth = kMaxCols;  // of what a linear layer reads
constexpr uint64_t kMaxHeadDim = 256;     // the attention kernels' registers
constexpr uint64_t kMaxVocabulary = uint64_t{1} << 24;
constexpr uint64_t kMaxContext = uint64_t{1} << 24;

Error Invalid(const std::string& key, const std::string& what) {
  return {ErrorCode::kInvalidFile, key + ": " + what, key};
}

Result<int> ReadSize(const ModelFile& file, const std::string& key, uint64_t max) {
  YIXIN_TRY(const uint64_t value, file.GetUint(key));
  if (value == 0 || value > max) {
    return Invalid(key, "expected 1 to " + std::to_string(max) + ", got " + std::to_string(value));
  }
  return static_cast<int>(value);
}

// Features that change the arithmetic and that the engine does not have.
Status RefuseUnsupported(const ModelFile& file, const std::string& prefix) {
  constexpr std::array<std::string_view, 4> kRefused = {"attention.sliding_window", "expert_count",
                                                        "rope.scale_linear", "attention.causal"};
  for (const std::string_view suffix : kRefused) {
    const std::string key = prefix + std::string(suffix);
    if (file.HasKey(key)) {
      return Error{ErrorCode::kUnsupported, key + ": yixin does not run models with this feature",
                   key};
    }
  }
  const std::string scaling = prefix + "rope.scaling.type";
  YIXIN_TRY(const std::string_view type, file.GetStringOr(scaling, "none"));
  if (type != "none") {
    return Error{ErrorCode::kUnsupported,
                 scaling + ": RoPE scaling \"" + std::string(type) + "\" is not supported",
                 scaling};
  }
  const std::string factor_key = prefix + "rope.scaling.factor";
  YIXIN_TRY(const double factor, file.GetFloatOr(factor_key, 1.0));
  if (factor != 1.0) {
    return Error{ErrorCode::kUnsupported,
                 factor_key + ": RoPE scaling by " + std::to_string(factor) + " is not supported",
                 factor_key};
  }
  return {};
}

Status CheckShape(const ModelConfig& config, const std::string& prefix) {
  if (config.heads % config.kv_heads != 0) {
    return Invalid(prefix + "attention.head_count_kv", std::to_string(config.kv_heads) +
                                                           " does not divide the " +
                                                           std::to_string(config.heads) + " heads");
  }
  if (config.head_dim % 2 != 0) {
    return Invalid(prefix + "attention.key_length", "an odd head size cannot be rotated");
  }
  return {};
}

}  // namespace

Result<ModelConfig> ReadModelConfig(const ModelFile& file) {
  ModelConfig config;
  YIXIN_TRY(const std::string_view architecture, file.GetString("general.architecture"));
  if (architecture == "qwen2") {
    config.architecture = Architecture::kQwen2;
  } else if (architecture == "llama") {
    config.architecture = Architecture::kLlama;
    config.interleaved_rope = file.origin() == ModelOrigin::kGguf;
  } else {
    return Error{ErrorCode::kUnsupported,
                 "general.architecture: \"" + std::string(architecture) +
                     "\" is not supported; supported: qwen2, llama",
                 "general.architecture"};
  }
  const std::string prefix = std::string(architecture) + ".";
  YIXIN_CHECK_OK(RefuseUnsupported(file, prefix));
  YIXIN_TRY(const std::string_view name, file.GetStringOr("general.name", architecture));
  config.name = name;
  YIXIN_TRY(config.layers, ReadSize(file, prefix + "block_count", kMaxLayers));
  YIXIN_TRY(config.hidden, ReadSize(file, prefix + "embedding_length", kMaxWidth));
  YIXIN_TRY(config.ffn, ReadSize(file, prefix + "feed_forward_length", kMaxWidth));
  YIXIN_TRY(config.heads, ReadSize(file, prefix + "attention.head_count", kMaxWidth));
  config.kv_heads = config.heads;
  if (file.HasKey(prefix + "attention.head_count_kv")) {
    YIXIN_TRY(config.kv_heads, ReadSize(file, prefix + "attention.head_count_kv", kMaxWidth));
  }
  if (file.HasKey(prefix + "attention.key_length")) {
    YIXIN_TRY(config.head_dim, ReadSize(file, prefix + "attention.key_length", kMaxHeadDim));
  } else {
    if (config.hidden % config.heads != 0 ||
        static_cast<uint64_t>(config.hidden / config.heads) > kMaxHeadDim) {
      return Invalid(prefix + "attention.head_count",
                     std::to_string(config.heads) + " heads do not divide " +
                         std::to_string(config.hidden) + " into heads of at most " +
                         std::to_string(kMaxHeadDim));
    }
    config.head_dim = config.hidden / config.heads;
  }
  if (static_cast<uint64_t>(config.heads) * static_cast<uint64_t>(config.head_dim) > kMaxWidth) {
    return Invalid(prefix + "attention.head_count",
                   "heads times head size: expected at most " + std::to_string(kMaxWidth));
  }
  YIXIN_CHECK_OK(CheckShape(config, prefix));
  YIXIN_TRY(const uint64_t rotated,
            file.GetUintOr(prefix + "rope.dimension_count", config.head_dim));
  if (rotated != static_cast<uint64_t>(config.head_dim)) {
    return Error{ErrorCode::kUnsupported,
                 prefix + "rope.dimension_count: partial rotary embedding (" +
                     std::to_string(rotated) + " of " + std::to_string(config.head_dim) +
                     " dimensions) is not supported",
                 prefix + "rope.dimension_count"};
  }
  YIXIN_TRY(config.trained_context, ReadSize(file, prefix + "context_length", kMaxContext));
  YIXIN_TRY(const double base, file.GetFloatOr(prefix + "rope.freq_base", 10000.0));
  YIXIN_TRY(const double epsilon, file.GetFloat(prefix + "attention.layer_norm_rms_epsilon"));
  if (!(base > 1.0 && base < 1e12)) return Invalid(prefix + "rope.freq_base", "out of range");
  // In float32, as it is used: a smaller double would become zero.
  if (!(static_cast<float>(epsilon) > 0.0f && epsilon < 1.0)) {
    return Invalid(prefix + "attention.layer_norm_rms_epsilon", "expected a value in (0, 1)");
  }
  config.rope_base = static_cast<float>(base);
  config.rms_epsilon = static_cast<float>(epsilon);
  YIXIN_TRY(const TensorView* embedding, file.GetTensor("token_embd.weight"));
  if (embedding->shape.size() != 2 || embedding->cols() != static_cast<uint64_t>(config.hidden) ||
      embedding->rows() > kMaxVocabulary) {
    return Invalid("token_embd.weight",
                   "expected the shape [vocabulary, " + std::to_string(config.hidden) + "]");
  }
  config.vocabulary = static_cast<int>(embedding->rows());
  config.tied_head = file.FindTensor("output.weight") == nullptr;
  return config;
}

Status CheckModelConfig(const ModelConfig& config) {
  struct Range {
    const char* name;
    int64_t value;
    uint64_t most;
  };
  const Range ranges[] = {
      {"layers", config.layers, kMaxLayers},
      {"hidden", config.hidden, kMaxWidth},
      {"ffn", config.ffn, kMaxWidth},
      {"heads", config.heads, kMaxWidth},
      {"kv_heads", config.kv_heads, kMaxWidth},
      {"head_dim", config.head_dim, kMaxHeadDim},
      {"heads * head_dim", int64_t{config.heads} * config.head_dim, kMaxWidth},
      {"vocabulary", config.vocabulary, kMaxVocabulary},
      {"trained_context", config.trained_context, kMaxContext},
  };
  for (const Range& range : ranges) {
    if (range.value < 1 || static_cast<uint64_t>(range.value) > range.most) {
      return Invalid(range.name, std::to_string(range.value) + " is out of range");
    }
  }
  if (!(config.rope_base > 1.0f && config.rope_base < 1e12f) ||
      !(config.rms_epsilon > 0.0f && config.rms_epsilon < 1.0f)) {
    return Invalid("rope_base or rms_epsilon", "out of range");
  }
  return CheckShape(config, "");
}

}  // namespace yixin
