// The layout of a KV page: keys and values of 32 positions, all layers. In F16 twelve KiB a token
// for Qwen2-0.5B. The engine owns pages and shares them; the decoder writes and reads through this.
// Tested by: engine_test.cc
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernel_table.h"
#include "model/config.h"

namespace yixin {

// Raised whenever a page has other bytes for the same tokens and kNumericsVersion stays: where keys
// and values stand, and how they are coded. Stored prefixes are then computed again; a test in
// prefix_files_test.cc knows the checksum of a small model's.
inline constexpr uint32_t kKvPageVersion = 1;

struct KvLayout {
  KvLayout(const ModelConfig& config, NumericForm form)
      : layers(config.layers),
        kv_heads(config.kv_heads),
        head_dim(config.head_dim),
        element_bytes(KvElementBytes(form)) {}

  int layers;
  int kv_heads;
  int head_dim;
  size_t element_bytes;

  // All in bytes.
  size_t HeadBytes() const { return size_t{2} * kPagePositions * head_dim * element_bytes; }
  size_t KeyOffset(int layer, int kv_head) const {
    return (static_cast<size_t>(layer) * kv_heads + kv_head) * HeadBytes();
  }
  size_t PageBytes() const { return static_cast<size_t>(layers) * kv_heads * HeadBytes(); }
};

}  // namespace yixin
