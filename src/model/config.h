// The sizes of a decoder, read from a model file's metadata and checked against what the engine
// runs. Tested by: model_test.cc
#pragma once

#include <cstdint>
#include <string>

#include "formats/model_file.h"
#include "yixin/result.h"

namespace yixin {

enum class Architecture { kQwen2, kLlama };

struct ModelConfig {
  Architecture architecture = Architecture::kQwen2;
  std::string name;  // general.name, for people
  int layers = 0;
  int hidden = 0;
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;
  int ffn = 0;
  int vocabulary = 0;
  int trained_context = 0;
  float rope_base = 10000.0f;
  float rms_epsilon = 1e-6f;
  bool tied_head = false;  // the embedding is the output head
  bool interleaved_rope =
      false;  // pairs (2i, 2i + 1) as GGUF permutes llama's q and k; else halves

  bool operator==(const ModelConfig&) const = default;
};

// Errors: kUnsupported for another architecture, RoPE scaling, sliding windows, experts or partial
// rotary dimensions, by name; kInvalidFile for sizes that are zero, absurd or do not fit together.
Result<ModelConfig> ReadModelConfig(const ModelFile& file);

// Whether sizes from elsewhere are such as ReadModelConfig gives. Errors: kInvalidFile.
Status CheckModelConfig(const ModelConfig& config);

}  // namespace yixin
