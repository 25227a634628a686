// Each type unpacks one block into small integers and scales them in loops that the compiler
// vectorises. The block layouts are ggml's.
// Tested by: dequantize_test.cc
#include "formats/dequantize.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/half.h"

namespace yixin {
namespace {

template <typename T>
T Load(const uint8_t* in) {
  T value;
  std::memcpy(&value, in, sizeof(T));
  return value;
}

float LoadF16(const uint8_t* in) { return F16ToFloat(Load<uint16_t>(in)); }

template <int kCount, typename Q>
void Scale(const Q* q, float scale, float* out) {
  for (int i = 0; i < kCount; ++i) out[i] = scale * static_cast<float>(q[i]);
}

// The product is rounded, then the sum.
template <int kCount, typename Q>
void ScaleAndAdd(const Q* q, float scale, float offset, float* out) {
  for (int i = 0; i < kCount; ++i) out[i] = scale * static_cast<float>(q[i]) + offset;
}

// A group of 16. Not inlined: gcc 12 would unroll it and vectorise across groups instead, with
// strided stores; Q6_K is six times slower then.
template <typename Q>
[[gnu::noinline]] void ScaleGroup16(const Q* q, float scale, float* out) {
  Scale<16>(q, scale, out);
}

template <typename Q>
[[gnu::noinline]] void ScaleAndAddGroup16(const Q* q, float scale, float offset, float* out) {
  ScaleAndAdd<16>(q, scale, offset, out);
}

// kBytes bytes -> all the low nibbles, then all the high ones.
template <int kBytes>
void UnpackNibbles(const uint8_t* in, uint8_t* q) {
  for (int i = 0; i < kBytes; ++i) q[i] = in[i] & 0x0f;
  for (int i = 0; i < kBytes; ++i) q[kBytes + i] = in[i] >> 4;
}

// Bit i of `bits` becomes 16 in q[i]: eight at a time, each in a byte lane of a 64-bit word. The
// lane holds only its own bit (at most 0x80); adding 0x80 minus that bit carries it to the lane's
// top.
void AddFifthBits(uint32_t bits, uint8_t* q) {
  for (int i = 0; i < 4; ++i) {
    const uint64_t lanes = (((bits >> (8 * i)) & 0xff) * 0x0101010101010101u) & 0x8040201008040201u;
    const uint64_t fifth = (((lanes + 0x00406070787c7e7fu) & 0x8080808080808080u) >> 3);
    const uint64_t low = Load<uint64_t>(q + 8 * i);
    const uint64_t both = low | fifth;
    std::memcpy(q + 8 * i, &both, sizeof(both));
  }
}

// The two-bit fields of 64 bytes: in each half of 32 bytes first all the lowest pairs, and so on.
void UnpackPairs(const uint8_t* in, uint8_t* q) {
  for (int half = 0; half < 2; ++half) {
    for (int pair = 0; pair < 4; ++pair) {
      for (int i = 0; i < 32; ++i) *q++ = (in[32 * half + i] >> (2 * pair)) & 3;
    }
  }
}

struct SubScales {
  uint8_t scale[8];
  uint8_t min[8];
};

// Q4_K and Q5_K: eight 6-bit scales and eight 6-bit minima in 12 bytes.
SubScales UnpackSubScales(const uint8_t* in) {
  SubScales out;
  for (int i = 0; i < 4; ++i) {
    out.scale[i] = in[i] & 0x3f;
    out.min[i] = in[4 + i] & 0x3f;
    out.scale[4 + i] = (in[8 + i] & 0x0f) | ((in[i] >> 2) & 0x30);
    out.min[4 + i] = (in[8 + i] >> 4) | ((in[4 + i] >> 2) & 0x30);
  }
  return out;
}

// The 16 unevenly spaced levels of IQ4_NL and IQ4_XS.
constexpr int8_t kNonlinearLevels[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                         1,    13,   25,  38,  53,  69,  89,  113};

void DecodeF32(const uint8_t* in, float* out) { std::memcpy(out, in, sizeof(float)); }
void DecodeF16(const uint8_t* in, float* out) { *out = LoadF16(in); }
void DecodeBf16(const uint8_t* in, float* out) { *out = Bf16ToFloat(Load<uint16_t>(in)); }

void DecodeQ4_0(const uint8_t* in, float* out) {
  uint8_t q[32];
  UnpackNibbles<16>(in + 2, q);
  int8_t centred[32];
  for (int i = 0; i < 32; ++i) centred[i] = static_cast<int8_t>(q[i] - 8);
  Scale<32>(centred, LoadF16(in), out);
}

void DecodeQ4_1(const uint8_t* in, float* out) {
  uint8_t q[32];
  UnpackNibbles<16>(in + 4, q);
  ScaleAndAdd<32>(q, LoadF16(in), LoadF16(in + 2), out);
}

void DecodeQ5_0(const uint8_t* in, float* out) {
  uint8_t q[32];
  UnpackNibbles<16>(in + 6, q);
  AddFifthBits(Load<uint32_t>(in + 2), q);
  int8_t centred[32];
  for (int i = 0; i < 32; ++i) centred[i] = static_cast<int8_t>(q[i] - 16);
  Scale<32>(centred, LoadF16(in), out);
}

void DecodeQ5_1(const uint8_t* in, float* out) {
  uint8_t q[32];
  UnpackNibbles<16>(in + 8, q);
  AddFifthBits(Load<uint32_t>(in + 4), q);
  ScaleAndAdd<32>(q, LoadF16(in), LoadF16(in + 2), out);
}

void DecodeQ8_0(const uint8_t* in, float* out) {
  int8_t q[32];
  std::memcpy(q, in + 2, 32);
  Scale<32>(q, LoadF16(in), out);
}

void DecodeQ2_K(const uint8_t* in, float* out) {
  const float scale = LoadF16(in + 80);
  const float min = LoadF16(in + 82);
  uint8_t q[256];
  UnpackPairs(in + 16, q);
  for (int g = 0; g < 16; ++g) {
    const float group_scale = scale * static_cast<float>(in[g] & 0x0f);
    const float group_min = min * static_cast<float>(in[g] >> 4);
    ScaleAndAddGroup16(q + 16 * g, group_scale, -group_min, out + 16 * g);
  }
}

void DecodeQ3_K(const uint8_t* in, float* out) {
  const uint8_t* high = in;  // [32]: bit r of byte i is the third bit of element 32 r + i
  const uint8_t* sub_scales = in + 96;
  const float scale = LoadF16(in + 108);
  uint8_t q[256];
  UnpackPairs(in + 32, q);
  int8_t centred[256];
  for (int r = 0; r < 8; ++r) {
    for (int i = 0; i < 32; ++i) {
      const int third = (high[i] >> r) & 1;  // set means no offset
      centred[32 * r + i] = static_cast<int8_t>(q[32 * r + i] + 4 * third - 4);
    }
  }
  for (int g = 0; g < 16; ++g) {
    const int low = (sub_scales[g % 8] >> (4 * (g / 8))) & 0x0f;
    const int top = (sub_scales[8 + g % 4] >> (2 * (g / 4))) & 3;
    const float group_scale = scale * static_cast<float>((low | (top << 4)) - 32);
    ScaleGroup16(centred + 16 * g, group_scale, out + 16 * g);
  }
}

void DecodeQ4_K(const uint8_t* in, float* out) {
  const float scale = LoadF16(in);
  const float min = LoadF16(in + 2);
  const SubScales sub = UnpackSubScales(in + 4);
  for (int pair = 0; pair < 4; ++pair) {
    uint8_t q[64];
    UnpackNibbles<32>(in + 16 + 32 * pair, q);
    for (int g = 2 * pair; g < 2 * pair + 2; ++g) {
      const float group_scale = scale * static_cast<float>(sub.scale[g]);
      const float group_min = min * static_cast<float>(sub.min[g]);
      ScaleAndAdd<32>(q + 32 * (g & 1), group_scale, -group_min, out + 32 * g);
    }
  }
}

void DecodeQ5_K(const uint8_t* in, float* out) {
  const float scale = LoadF16(in);
  const float min = LoadF16(in + 2);
  const SubScales sub = UnpackSubScales(in + 4);
  const uint8_t* high = in + 16;  // [32]: bit g of byte i belongs to element i of group g
  for (int pair = 0; pair < 4; ++pair) {
    uint8_t q[64];
    UnpackNibbles<32>(in + 48 + 32 * pair, q);
    for (int g = 2 * pair; g < 2 * pair + 2; ++g) {
      uint8_t* group = q + 32 * (g & 1);
      for (int i = 0; i < 32; ++i) group[i] |= ((high[i] >> g) & 1) << 4;
      const float group_scale = scale * static_cast<float>(sub.scale[g]);
      const float group_min = min * static_cast<float>(sub.min[g]);
      ScaleAndAdd<32>(group, group_scale, -group_min, out + 32 * g);
    }
  }
}

void DecodeQ6_K(const uint8_t* in, float* out) {
  int8_t sub_scales[16];
  std::memcpy(sub_scales, in + 192, 16);
  const float scale = LoadF16(in + 208);
  for (int half = 0; half < 2; ++half) {
    uint8_t q[128];
    UnpackNibbles<64>(in + 64 * half, q);
    const uint8_t* high = in + 128 + 32 * half;
    int8_t centred[128];
    for (int r = 0; r < 4; ++r) {
      for (int i = 0; i < 32; ++i) {
        const int value = q[32 * r + i] | (((high[i] >> (2 * r)) & 3) << 4);
        centred[32 * r + i] = static_cast<int8_t>(value - 32);
      }
    }
    for (int g = 0; g < 8; ++g) {
      const float group_scale = scale * static_cast<float>(sub_scales[8 * half + g]);
      ScaleGroup16(centred + 16 * g, group_scale, out + 128 * half + 16 * g);
    }
  }
}

void DecodeIq4Nl(const uint8_t* in, float* out) {
  uint8_t q[32];
  UnpackNibbles<16>(in + 2, q);
  int8_t level[32];
  for (int i = 0; i < 32; ++i) level[i] = kNonlinearLevels[q[i]];
  Scale<32>(level, LoadF16(in), out);
}

void DecodeIq4Xs(const uint8_t* in, float* out) {
  const float scale = LoadF16(in);
  const auto high = Load<uint16_t>(in + 2);
  for (int g = 0; g < 8; ++g) {
    const int low = (in[4 + g / 2] >> (4 * (g % 2))) & 0x0f;
    const int sub = (low | (((high >> (2 * g)) & 3) << 4)) - 32;
    uint8_t q[32];
    UnpackNibbles<16>(in + 8 + 16 * g, q);
    int8_t level[32];
    for (int i = 0; i < 32; ++i) level[i] = kNonlinearLevels[q[i]];
    Scale<32>(level, scale * static_cast<float>(sub), out + 32 * g);
  }
}

template <TensorType kType, void (*kDecode)(const uint8_t*, float*)>
void DecodeBlocks(const uint8_t* in, size_t blocks, float* out) {
  constexpr TensorTypeInfo kInfo = GetTensorTypeInfo(kType);
  for (size_t i = 0; i < blocks; ++i) {
    kDecode(in + i * kInfo.block_bytes, out + i * kInfo.block_elements);
  }
}

using BlocksDecoder = void (*)(const uint8_t* in, size_t blocks, float* out);

BlocksDecoder DecoderOf(TensorType type) {
  switch (type) {
    case TensorType::kF32:
      return DecodeBlocks<TensorType::kF32, DecodeF32>;
    case TensorType::kF16:
      return DecodeBlocks<TensorType::kF16, DecodeF16>;
    case TensorType::kBf16:
      return DecodeBlocks<TensorType::kBf16, DecodeBf16>;
    case TensorType::kQ4_0:
      return DecodeBlocks<TensorType::kQ4_0, DecodeQ4_0>;
    case TensorType::kQ4_1:
      return DecodeBlocks<TensorType::kQ4_1, DecodeQ4_1>;
    case TensorType::kQ5_0:
      return DecodeBlocks<TensorType::kQ5_0, DecodeQ5_0>;
    case TensorType::kQ5_1:
      return DecodeBlocks<TensorType::kQ5_1, DecodeQ5_1>;
    case TensorType::kQ8_0:
      return DecodeBlocks<TensorType::kQ8_0, DecodeQ8_0>;
    case TensorType::kQ2_K:
      return DecodeBlocks<TensorType::kQ2_K, DecodeQ2_K>;
    case TensorType::kQ3_K:
      return DecodeBlocks<TensorType::kQ3_K, DecodeQ3_K>;
    case TensorType::kQ4_K:
      return DecodeBlocks<TensorType::kQ4_K, DecodeQ4_K>;
    case TensorType::kQ5_K:
      return DecodeBlocks<TensorType::kQ5_K, DecodeQ5_K>;
    case TensorType::kQ6_K:
      return DecodeBlocks<TensorType::kQ6_K, DecodeQ6_K>;
    case TensorType::kIq4Nl:
      return DecodeBlocks<TensorType::kIq4Nl, DecodeIq4Nl>;
    case TensorType::kIq4Xs:
      return DecodeBlocks<TensorType::kIq4Xs, DecodeIq4Xs>;
  }
  return nullptr;
}

}  // namespace

Status DequantizeRow(TensorType type, std::span<const std::byte> row, std::span<float> out) {
  const TensorTypeInfo& info = GetTensorTypeInfo(type);
  const size_t blocks = out.size() / info.block_elements;
  if (out.size() % info.block_elements != 0 || row.size() / info.block_bytes != blocks ||
      row.size() % info.block_bytes != 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "cannot dequantize " + std::string(info.name) + ": " + std::to_string(row.size()) +
                     " bytes do not hold " + std::to_string(out.size()) +
                     " elements in blocks of " + std::to_string(info.block_elements) +
                     " elements and " + std::to_string(info.block_bytes) + " bytes",
                 std::string(info.name)};
  }
  DecoderOf(type)(reinterpret_cast<const uint8_t*>(row.data()), blocks, out.data());
  return {};
}

}  // namespace yixin
