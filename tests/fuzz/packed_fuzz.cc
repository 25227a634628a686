// Any bytes as a packed file: read as they are, and once more with every checksum set right, so
// that what lies behind the checksums is reached too. The seeds in corpus/packed are a file of
// three sections, and weights that fit the sizes below.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "formats/packed_file.h"
#include "model/packed_model.h"
#include "support/seal_packed_file.h"

namespace {

yixin::ModelConfig Config() {
  yixin::ModelConfig config;
  config.layers = 1;
  config.hidden = 32;
  config.heads = 2;
  config.kv_heads = 1;
  config.head_dim = 16;
  config.ffn = 32;
  config.vocabulary = 16;
  return config;
}

void ReadEveryByte(const yixin::OwnedMatrix& matrix) {
  const auto rows = static_cast<size_t>(yixin::PaddedRows(matrix.view.rows));
  const auto cols = static_cast<size_t>(yixin::PaddedCols(matrix.view.cols));
  unsigned sum = 0;
  for (size_t i = 0; i < rows * cols; ++i) sum += static_cast<unsigned char>(matrix.view.values[i]);
  for (size_t r = 0; r < rows; ++r) {
    uint32_t bits;
    std::memcpy(&bits, &matrix.view.scales[r], sizeof(bits));
    sum += bits + static_cast<unsigned>(matrix.view.offsets[r]);
  }
  volatile unsigned sink = sum;
  (void)sink;
}

void Read(std::span<const std::byte> bytes) {
  auto file = yixin::PackedFile::Parse(bytes);
  if (!file) {
    if (file.error().message.empty()) __builtin_trap();
    return;
  }
  (void)file->VerifyAll().has_value();
  for (const yixin::PackedSection& section : file->sections()) {
    const auto same = file->Get(section.name);
    if (!same || same->data() != section.bytes.data()) __builtin_trap();
    if (const auto manifest = yixin::ParseManifest(section.bytes)) {
      const auto again = yixin::SerialiseManifest(*manifest);
      if (!(*yixin::ParseManifest(again) == *manifest)) __builtin_trap();
    }
  }
  for (const yixin::PackedSection& section : file->sections()) {
    const auto source = yixin::ParseSource(section.bytes, yixin::MappedFile());
    if (source || source.error().message.empty()) __builtin_trap();  // of no file it has no row
  }
  const auto weights = yixin::MapPackedWeights(*std::move(file), Config());
  if (!weights) {
    if (weights.error().message.empty()) __builtin_trap();
    return;
  }
  for (const yixin::LayerWeights& layer : weights->layers) {
    ReadEveryByte(layer.qkv);
    ReadEveryByte(layer.attention_output);
    ReadEveryByte(layer.gate_up);
    ReadEveryByte(layer.down);
  }
  ReadEveryByte(weights->head);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Aligned as a mapping is.
  const auto given = std::as_bytes(std::span(data, size));
  std::vector<std::byte> room(size + yixin::kSectionAlignment);
  std::vector<std::byte> bytes(given.begin(), given.end());
  for (const bool sealed : {false, true}) {
    if (sealed) SealPackedFile(bytes);
    void* at = room.data();
    size_t space = room.size();
    at = std::align(yixin::kSectionAlignment, size, at, space);
    if (size > 0) std::memcpy(at, bytes.data(), size);
    Read({static_cast<const std::byte*>(at), size});
  }
  return 0;
}
