#include "support/safetensors_writer.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace yixin {
namespace {

void Append(std::vector<std::byte>& out, const void* data, size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  out.insert(out.end(), bytes, bytes + size);
}

// FNV-1a, 64 bits.
uint64_t HashOf(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3u;
  return hash;
}

// SplitMix64's mixing (Steele, Lea, Flood 2014).
uint64_t Mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

std::vector<std::byte> SafetensorsFile(std::string_view header, size_t data_bytes) {
  std::vector<std::byte> out;
  const uint64_t length = header.size();
  Append(out, &length, sizeof(length));
  Append(out, header.data(), header.size());
  out.resize(out.size() + data_bytes);
  return out;
}

void SafetensorsWriter::Add(std::string_view name, std::string_view dtype,
                            const std::vector<uint64_t>& shape, std::vector<std::byte> data) {
  std::string sizes;
  for (const uint64_t size : shape) sizes += (sizes.empty() ? "" : ",") + std::to_string(size);
  if (!entries_.empty()) entries_ += ',';
  entries_ += '"';
  entries_.append(name).append(R"(":{"dtype":")").append(dtype).append(R"(","shape":[)");
  entries_ += sizes + R"(],"data_offsets":[)" + std::to_string(data_.size()) + "," +
              std::to_string(data_.size() + data.size()) + "]}";
  data_.insert(data_.end(), data.begin(), data.end());
}

std::vector<std::byte> SafetensorsWriter::Finish() const {
  std::vector<std::byte> out = SafetensorsFile("{" + entries_ + "}", 0);
  out.insert(out.end(), data_.begin(), data_.end());
  return out;
}

std::vector<float> FormulaWeights(std::string_view name, const std::vector<uint64_t>& shape) {
  float centre = 0;
  float spread = 1;
  if (name.ends_with("norm.weight")) {
    centre = 1;
    spread = 0.2f;
  } else if (name.ends_with("v_proj.bias")) {
    spread = 0.1f;
  } else if (!name.ends_with(".bias")) {
    spread = std::sqrt(3.0f / static_cast<float>(shape[1]));
  }
  uint64_t count = 1;
  for (const uint64_t size : shape) count *= size;
  const uint64_t stream = HashOf(name);
  std::vector<float> values(count);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t bits = Mix(stream + (i + 1) * 0x9e3779b97f4a7c15u);
    const float unit = static_cast<float>(static_cast<int64_t>(bits >> 40) - (1 << 23)) * 0x1p-23f;
    values[i] = centre + spread * unit;
  }
  return values;
}

int32_t FormulaId(int i, int vocabulary) {
  return static_cast<int32_t>(HashOf("id " + std::to_string(i)) %
                              static_cast<uint64_t>(vocabulary));
}

std::vector<std::byte> ToBf16(const std::vector<float>& values) {
  std::vector<std::byte> bytes;
  bytes.reserve(values.size() * 2);
  for (const float value : values) {
    const auto bits = std::bit_cast<uint32_t>(value);
    const auto rounded = static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16);
    bytes.push_back(static_cast<std::byte>(rounded & 0xff));
    bytes.push_back(static_cast<std::byte>(rounded >> 8));
  }
  return bytes;
}

}  // namespace yixin
