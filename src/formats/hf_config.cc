// Tested by: hf_config_test.cc; fuzzed by tests/fuzz/hf_config_fuzz.cc
#include "formats/hf_config.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/strict_json.h"
#include "base/utf8.h"

namespace yixin {
namespace {

using nlohmann::json;

// Configs have some kilobytes; a tokenizer_config.json with a long template some hundred.
constexpr JsonLimits kLimits = {.max_bytes = size_t{4} << 20, .max_depth = 16};

struct Family {
  std::string_view model_type;
  std::string_view architecture;
};
// Their names in GGUF are their model_type.
constexpr Family kFamilies[] = {{"qwen2", "Qwen2ForCausalLM"}, {"llama", "LlamaForCausalLM"}};

// One of the JSON files: an object, whose null values count as absent, as they do in transformers.
class JsonFile {
 public:
  static Result<JsonFile> Parse(std::string_view name, std::string_view text) {
    JsonFile file;
    file.name_ = name;
    if (text.empty()) return file;
    auto parsed = ParseStrictJson(text, kLimits);
    if (!parsed) {
      Error error = std::move(parsed).error();
      error.message = std::string(name) + ": " + error.message;
      if (error.subject.empty()) error.subject = name;
      return error;
    }
    if (!parsed->is_object()) {
      return Error{ErrorCode::kInvalidFile, std::string(name) + ": expected an object",
                   std::string(name)};
    }
    file.json_ = *std::move(parsed);
    return file;
  }

  const json* Find(std::string_view key) const { return FindIn(json_, key); }
  static const json* FindIn(const json& object, std::string_view key) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
  }

  Error Fail(ErrorCode code, std::string_view key, std::string_view what) const {
    const std::string subject(key);
    return {code, name_ + ": " + subject + ": " + std::string(what), subject};
  }
  Error Invalid(std::string_view key, std::string_view what) const {
    return Fail(ErrorCode::kInvalidFile, key, what);
  }
  Error Unsupported(std::string_view key, std::string_view what) const {
    return Fail(ErrorCode::kUnsupported, key, what);
  }

  // Nothing where the key is absent.
  Result<std::optional<uint64_t>> FindUint(std::string_view key) const {
    const json* value = Find(key);
    if (value == nullptr) return std::optional<uint64_t>();
    if (!value->is_number_unsigned()) {
      return Invalid(key, "expected an integer that is not negative, got " + Shown(*value));
    }
    return std::optional(value->get<uint64_t>());
  }
  Result<uint64_t> GetUint(std::string_view key) const {
    YIXIN_TRY(const auto value, FindUint(key));
    if (!value) return Invalid(key, "missing");
    return *value;
  }
  Result<double> GetNumberOr(std::string_view key, const json* value, double fallback) const {
    if (value == nullptr) return fallback;
    if (!value->is_number()) return Invalid(key, "expected a number, got " + Shown(*value));
    return value->get<double>();
  }
  Result<bool> GetBoolOr(std::string_view key, bool fallback) const {
    const json* value = Find(key);
    if (value == nullptr) return fallback;
    if (!value->is_boolean()) return Invalid(key, "expected true or false, got " + Shown(*value));
    return value->get<bool>();
  }

  static std::string Shown(const json& value) {
    return QuoteName(value.dump(-1, ' ', false, json::error_handler_t::replace));
  }

 private:
  std::string name_;
  json json_ = json::object();
};

class MetadataWriter {
 public:
  explicit MetadataWriter(ModelFileParts& parts) : parts_(parts) {}

  void AddText(std::string key, std::string text) {
    Add(std::move(key), MetadataType::kString, std::move(text));
  }
  void AddUint(std::string key, uint64_t value) {
    AddScalar(std::move(key), MetadataType::kUint64, value);
  }
  void AddFloat(std::string key, double value) {
    AddScalar(std::move(key), MetadataType::kFloat64, value);
  }

 private:
  template <typename T>
  void AddScalar(std::string key, MetadataType type, T value) {
    std::string bytes(sizeof(T), '\0');
    std::memcpy(bytes.data(), &value, sizeof(T));
    Add(std::move(key), type, std::move(bytes));
  }
  void Add(std::string key, MetadataType type, std::string bytes) {
    const std::string& kept_key = parts_.texts.emplace_back(std::move(key));
    const std::string& kept_value = parts_.texts.emplace_back(std::move(bytes));
    parts_.metadata.push_back(
        {.key = kept_key, .type = type, .value = std::as_bytes(std::span(kept_value))});
  }

  ModelFileParts& parts_;
};

Result<const Family*> FindFamily(const JsonFile& config) {
  const json* type = config.Find("model_type");
  if (type == nullptr || !type->is_string())
    return config.Invalid("model_type", "expected a string");
  const auto& name = type->get_ref<const std::string&>();
  const auto* family = std::find_if(std::begin(kFamilies), std::end(kFamilies),
                                    [&](const Family& f) { return f.model_type == name; });
  if (family == std::end(kFamilies)) {
    return config.Unsupported("model_type",
                              QuoteName(name) + " is not supported; supported: qwen2, llama");
  }
  const json* architectures = config.Find("architectures");
  if (architectures == nullptr) return family;
  if (!architectures->is_array() || architectures->size() != 1 ||
      !(*architectures)[0].is_string()) {
    return config.Invalid("architectures", "expected an array of one name");
  }
  const auto& architecture = (*architectures)[0].get_ref<const std::string&>();
  if (architecture != family->architecture) {
    return config.Unsupported("architectures",
                              QuoteName(architecture) +
                                  " is not supported; supported: Qwen2ForCausalLM, "
                                  "LlamaForCausalLM");
  }
  return family;
}

// rope_scaling as it was, or rope_parameters as newer files have it; absent or {"rope_type":
// "default"} is no scaling.
Status CheckRope(const JsonFile& config, std::string_view key) {
  const json* rope = config.Find(key);
  if (rope == nullptr) return {};
  if (!rope->is_object()) return config.Invalid(key, "expected an object");
  for (const char* name : {"rope_type", "type"}) {
    const json* type = JsonFile::FindIn(*rope, name);
    if (type == nullptr) continue;
    if (!type->is_string()) return config.Invalid(key, std::string(name) + ": expected a string");
    if (*type != "default") {
      return config.Unsupported(key,
                                "RoPE scaling " + JsonFile::Shown(*type) + " is not supported");
    }
  }
  for (const auto& [name, value] : rope->items()) {
    if (name == "rope_type" || name == "type" || name == "rope_theta" || value.is_null()) continue;
    if (name == "partial_rotary_factor" && value.is_number() && value.get<double>() == 1) continue;
    return config.Unsupported(key, QuoteName(name) + ": RoPE scaling is not supported");
  }
  return {};
}

// A window that some layer looks through.
Status RefuseSlidingWindow(const JsonFile& config, uint64_t layers) {
  if (const json* types = config.Find("layer_types")) {
    if (!types->is_array()) return config.Invalid("layer_types", "expected an array");
    for (const json& type : *types) {
      if (type != "full_attention") {
        return config.Unsupported("layer_types", JsonFile::Shown(type) + " is not supported");
      }
    }
    return {};  // they are what is used
  }
  YIXIN_TRY(const bool used, config.GetBoolOr("use_sliding_window", false));
  if (!used || config.Find("sliding_window") == nullptr) return {};
  // Qwen2's: the layers from this one on have the window; without the key, those from 28 on.
  YIXIN_TRY(const auto first, config.FindUint("max_window_layers"));
  if (first.value_or(28) >= layers) return {};
  return config.Unsupported("use_sliding_window", "attention in a sliding window is not supported");
}

Status RefuseUnsupported(const JsonFile& config, uint64_t layers) {
  for (const char* key : {"num_experts", "num_local_experts", "n_routed_experts"}) {
    YIXIN_TRY(const auto experts, config.FindUint(key));
    if (experts.value_or(0) > 0) return config.Unsupported(key, "experts are not supported");
  }
  if (config.Find("quantization_config") != nullptr) {
    return config.Unsupported("quantization_config",
                              "weights that are quantized already are not supported; get the F16, "
                              "BF16 or F32 weights, or a GGUF file");
  }
  YIXIN_TRY(const double rotary,
            config.GetNumberOr("partial_rotary_factor", config.Find("partial_rotary_factor"), 1.0));
  if (rotary != 1.0) {
    return config.Unsupported("partial_rotary_factor", "partial rotary embedding is not supported");
  }
  if (const json* activation = config.Find("hidden_act"); activation && *activation != "silu") {
    return config.Unsupported("hidden_act",
                              JsonFile::Shown(*activation) + " is not supported; supported: silu");
  }
  YIXIN_CHECK_OK(CheckRope(config, "rope_scaling"));
  YIXIN_CHECK_OK(CheckRope(config, "rope_parameters"));
  return RefuseSlidingWindow(config, layers);
}

Result<double> ReadRopeBase(const JsonFile& config) {
  const json* base = config.Find("rope_theta");
  if (const json* rope = config.Find("rope_parameters")) {
    const json* nested = JsonFile::FindIn(*rope, "rope_theta");
    if (nested != nullptr && base != nullptr && *nested != *base) {
      return config.Invalid("rope_parameters", "its rope_theta is not that of the config");
    }
    if (nested != nullptr) base = nested;
  }
  return config.GetNumberOr("rope_theta", base, 10000.0);
}

// An id, or the first of a list. Absent: nothing.
Result<std::optional<uint64_t>> ReadTokenId(const JsonFile& file, std::string_view key) {
  const json* value = file.Find(key);
  if (value == nullptr) return std::optional<uint64_t>();
  const bool list = value->is_array();
  if (list && value->empty()) return std::optional<uint64_t>();
  for (size_t i = 0; list && i < value->size(); ++i) {
    if (!(*value)[i].is_number_unsigned()) return file.Invalid(key, "expected token ids");
  }
  const json& first = list ? (*value)[0] : *value;
  // Some files say -1 where they mean none.
  if (first.is_number_integer() && first == -1) return std::optional<uint64_t>();
  if (!first.is_number_unsigned())
    return file.Invalid(key, "expected a token id or a list of them");
  return std::optional(first.get<uint64_t>());
}

// Out: empty where there is none.
Result<std::string> ReadChatTemplate(const JsonFile& tokenizer_config) {
  const json* value = tokenizer_config.Find("chat_template");
  if (value == nullptr) return std::string();
  if (value->is_string()) return value->get<std::string>();
  if (!value->is_array()) return tokenizer_config.Invalid("chat_template", "expected a string");
  for (const json& entry : *value) {  // several, with names
    const json* name = JsonFile::FindIn(entry, "name");
    const json* text = JsonFile::FindIn(entry, "template");
    if (name == nullptr || text == nullptr || !text->is_string()) {
      return tokenizer_config.Invalid("chat_template", "expected names and templates");
    }
    if (*name == "default") return text->get<std::string>();
  }
  return std::string();
}

struct SizeKey {
  std::string_view hugging_face;
  std::string_view gguf;
  bool required;
};
// Whether the numbers make sense is the model room's question, whatever the file.
constexpr SizeKey kSizes[] = {
    {"num_hidden_layers", "block_count", true},
    {"hidden_size", "embedding_length", true},
    {"intermediate_size", "feed_forward_length", true},
    {"num_attention_heads", "attention.head_count", true},
    {"num_key_value_heads", "attention.head_count_kv", false},
    {"head_dim", "attention.key_length", false},
    {"max_position_embeddings", "context_length", true},
};

}  // namespace

Result<HfConfig> ReadHfConfig(const HfConfigTexts& texts, ModelFileParts& parts) {
  YIXIN_TRY(const JsonFile config, JsonFile::Parse("config.json", texts.config));
  YIXIN_TRY(const JsonFile generation, JsonFile::Parse("generation_config.json", texts.generation));
  YIXIN_TRY(const JsonFile tokenizer,
            JsonFile::Parse("tokenizer_config.json", texts.tokenizer_config));

  YIXIN_TRY(const Family* family, FindFamily(config));
  YIXIN_TRY(const uint64_t layers, config.GetUint("num_hidden_layers"));
  YIXIN_CHECK_OK(RefuseUnsupported(config, layers));
  MetadataWriter out(parts);
  const std::string prefix = std::string(family->model_type) + ".";
  out.AddText("general.architecture", std::string(family->model_type));
  for (const SizeKey& size : kSizes) {
    YIXIN_TRY(const auto value, config.FindUint(size.hugging_face));
    if (!value && size.required) return config.Invalid(size.hugging_face, "missing");
    if (value) out.AddUint(prefix + std::string(size.gguf), *value);
  }
  YIXIN_TRY(const double rope_base, ReadRopeBase(config));
  out.AddFloat(prefix + "rope.freq_base", rope_base);
  YIXIN_TRY(const double epsilon,
            config.GetNumberOr("rms_norm_eps", config.Find("rms_norm_eps"), 1e-6));
  out.AddFloat(prefix + "attention.layer_norm_rms_epsilon", epsilon);

  for (const char* key : {"bos_token_id", "eos_token_id"}) {
    YIXIN_TRY(auto id, ReadTokenId(generation, key));
    if (!id) {
      YIXIN_TRY(id, ReadTokenId(config, key));
    }
    if (id) out.AddUint(std::string("tokenizer.ggml.") + key, *id);
  }
  YIXIN_TRY(std::string chat_template, ReadChatTemplate(tokenizer));
  if (!texts.chat_template.empty()) chat_template = texts.chat_template;
  if (!chat_template.empty()) out.AddText("tokenizer.chat_template", std::move(chat_template));

  HfConfig read;
  YIXIN_TRY(read.tied_head, config.GetBoolOr("tie_word_embeddings", false));
  YIXIN_TRY(read.vocabulary, config.GetUint("vocab_size"));
  return read;
}

}  // namespace yixin
