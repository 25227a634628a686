// The element types a tensor may have in a model file: one table of names, GGUF ids and block
// sizes. A quantized row is a sequence of blocks; its length must be a multiple of the block.
// Source of ids and sizes: the GGUF specification (ggml's ggml_type).
// Tested by: gguf_test.cc, dequantize_test.cc
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace yixin {

enum class TensorType : uint8_t {
  kF32,
  kF16,
  kBf16,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ2_K,
  kQ3_K,
  kQ4_K,
  kQ5_K,
  kQ6_K,
  kIq4Nl,
  kIq4Xs,
};

struct TensorTypeInfo {
  TensorType type;
  uint32_t gguf_id;
  std::string_view name;
  uint32_t block_elements;
  uint32_t block_bytes;
};

// The sizes are sums of a block's parts: scales (F16: 2 bytes each), packed sub-scales, high bits,
// low bits.
inline constexpr std::array kTensorTypes = {
    TensorTypeInfo{TensorType::kF32, 0, "F32", 1, 4},
    TensorTypeInfo{TensorType::kF16, 1, "F16", 1, 2},
    TensorTypeInfo{TensorType::kBf16, 30, "BF16", 1, 2},
    TensorTypeInfo{TensorType::kQ4_0, 2, "Q4_0", 32, 2 + 16},
    TensorTypeInfo{TensorType::kQ4_1, 3, "Q4_1", 32, 2 + 2 + 16},
    TensorTypeInfo{TensorType::kQ5_0, 6, "Q5_0", 32, 2 + 4 + 16},
    TensorTypeInfo{TensorType::kQ5_1, 7, "Q5_1", 32, 2 + 2 + 4 + 16},
    TensorTypeInfo{TensorType::kQ8_0, 8, "Q8_0", 32, 2 + 32},
    TensorTypeInfo{TensorType::kQ2_K, 10, "Q2_K", 256, 16 + 64 + 2 + 2},
    TensorTypeInfo{TensorType::kQ3_K, 11, "Q3_K", 256, 32 + 64 + 12 + 2},
    TensorTypeInfo{TensorType::kQ4_K, 12, "Q4_K", 256, 2 + 2 + 12 + 128},
    TensorTypeInfo{TensorType::kQ5_K, 13, "Q5_K", 256, 2 + 2 + 12 + 32 + 128},
    TensorTypeInfo{TensorType::kQ6_K, 14, "Q6_K", 256, 128 + 64 + 16 + 2},
    TensorTypeInfo{TensorType::kIq4Nl, 20, "IQ4_NL", 32, 2 + 16},
    TensorTypeInfo{TensorType::kIq4Xs, 23, "IQ4_XS", 256, 2 + 2 + 4 + 128},
};

constexpr bool TensorTypeTableIsSound() {
  for (size_t i = 0; i < kTensorTypes.size(); ++i) {
    if (static_cast<size_t>(kTensorTypes[i].type) != i) return false;
    for (size_t j = 0; j < i; ++j) {
      if (kTensorTypes[i].gguf_id == kTensorTypes[j].gguf_id) return false;
      if (kTensorTypes[i].name == kTensorTypes[j].name) return false;
    }
  }
  return true;
}
static_assert(TensorTypeTableIsSound(), "rows lie in the enum's order; ids and names are unique");
static_assert(kTensorTypes.size() == static_cast<size_t>(TensorType::kIq4Xs) + 1);

constexpr const TensorTypeInfo& GetTensorTypeInfo(TensorType type) {
  return kTensorTypes[static_cast<size_t>(type)];
}

constexpr std::optional<TensorType> TensorTypeFromGgufId(uint32_t id) {
  for (const TensorTypeInfo& info : kTensorTypes) {
    if (info.gguf_id == id) return info.type;
  }
  return std::nullopt;
}

}  // namespace yixin
