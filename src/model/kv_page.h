// The layout of a KV page: keys and values of 32 positions, all layers, F16. Twelve KiB a token for
// Qwen2-0.5B. The engine owns pages and shares them; the decoder writes and reads through this.
// Tested by: decoder_test.cc
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernel_table.h"
#include "model/config.h"

namespace yixin {

struct KvLayout {
  explicit KvLayout(const ModelConfig& config)
      : layers(config.layers), kv_heads(config.kv_heads), head_dim(config.head_dim) {}

  int layers;
  int kv_heads;
  int head_dim;

  // All in elements of 16 bits.
  size_t HeadElements() const { return size_t{2} * kPagePositions * head_dim; }
  size_t KeyOffset(int layer, int kv_head) const {
    return (static_cast<size_t>(layer) * kv_heads + kv_head) * HeadElements();
  }
  size_t ValueOffset(int layer, int kv_head) const {
    return KeyOffset(layer, kv_head) + size_t{kPagePositions} * head_dim;
  }
  size_t PageElements() const { return static_cast<size_t>(layers) * kv_heads * HeadElements(); }
};

}  // namespace yixin
