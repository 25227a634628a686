// Tested by: hf_folder_test.cc
#include "formats/hf_names.h"

#include <algorithm>

namespace yixin {
namespace {

struct NamePair {
  std::string_view hugging_face;
  std::string_view gguf;
};

constexpr NamePair kModelNames[] = {
    {"model.embed_tokens.weight", "token_embd.weight"},
    {"model.norm.weight", "output_norm.weight"},
    {"lm_head.weight", "output.weight"},
};

constexpr std::string_view kLayers = "model.layers.";
constexpr std::string_view kBlocks = "blk.";

constexpr NamePair kLayerNames[] = {
    {"input_layernorm.weight", "attn_norm.weight"},
    {"self_attn.q_proj.weight", "attn_q.weight"},
    {"self_attn.q_proj.bias", "attn_q.bias"},
    {"self_attn.k_proj.weight", "attn_k.weight"},
    {"self_attn.k_proj.bias", "attn_k.bias"},
    {"self_attn.v_proj.weight", "attn_v.weight"},
    {"self_attn.v_proj.bias", "attn_v.bias"},
    {"self_attn.o_proj.weight", "attn_output.weight"},
    {"post_attention_layernorm.weight", "ffn_norm.weight"},
    {"mlp.gate_proj.weight", "ffn_gate.weight"},
    {"mlp.up_proj.weight", "ffn_up.weight"},
    {"mlp.down_proj.weight", "ffn_down.weight"},
};

struct LayerName {
  std::string_view number;
  std::string_view name;  // within the layer
};

// In: "PREFIX3.NAME".
std::optional<LayerName> SplitLayer(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  const std::string_view number = name.substr(0, dot);
  const bool digits =
      std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || (number.size() > 1 && number[0] == '0')) return std::nullopt;
  return LayerName{number, name.substr(dot + 1)};
}

using Side = std::string_view NamePair::*;

std::optional<std::string> Translate(std::string_view name, Side from, Side to,
                                     std::string_view prefix, std::string_view new_prefix) {
  for (const NamePair& pair : kModelNames) {
    if (pair.*from == name) return std::string(pair.*to);
  }
  const auto layer = SplitLayer(name, prefix);
  if (!layer) return std::nullopt;
  for (const NamePair& pair : kLayerNames) {
    if (pair.*from != layer->name) continue;
    std::string translated(new_prefix);
    return translated.append(layer->number).append(".").append(pair.*to);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> GgufNameOf(std::string_view name) {
  return Translate(name, &NamePair::hugging_face, &NamePair::gguf, kLayers, kBlocks);
}

std::string HuggingFaceName(std::string_view name) {
  auto translated = Translate(name, &NamePair::gguf, &NamePair::hugging_face, kBlocks, kLayers);
  return translated ? *std::move(translated) : std::string(name);
}

bool IsIgnoredTensor(std::string_view name) {
  const auto layer = SplitLayer(name, kLayers);
  return layer && layer->name == "self_attn.rotary_emb.inv_freq";
}

}  // namespace yixin
