// Any bytes as a GGUF file: parsed, and where that succeeds every way of reading it is tried. The
// seeds in corpus/gguf are small files of every kind of field.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "formats/dequantize.h"
#include "formats/gguf.h"

namespace {

// Rows above it are left alone: the fuzzer should look for bugs, not fill memory.
constexpr uint64_t kLongestRow = 1 << 16;

void ReadMetadata(const yixin::ModelFile& file) {
  for (const yixin::MetadataEntry& entry : file.metadata()) {
    if (!file.HasKey(entry.key)) __builtin_trap();
    (void)file.GetUint(entry.key);
    (void)file.GetFloat(entry.key);
    (void)file.GetBool(entry.key);
    if (const auto text = file.GetString(entry.key)) {
      if (text->size() > file.file_size()) __builtin_trap();
    }
    (void)file.GetStringArray(entry.key);
    (void)file.GetIntArray(entry.key);
    (void)file.GetFloatArray(entry.key);
  }
}

void DequantizeFirstAndLastRows(const yixin::ModelFile& file) {
  for (const yixin::TensorView& tensor : file.tensors()) {
    if (file.FindTensor(tensor.name) != &tensor) __builtin_trap();
    if (tensor.cols() > kLongestRow) continue;
    std::vector<float> row(tensor.cols());
    for (const uint64_t i : {uint64_t{0}, tensor.rows() - 1}) {
      if (!yixin::DequantizeRow(tensor.type, tensor.Row(i), row)) __builtin_trap();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = yixin::ParseGguf(std::as_bytes(std::span(data, size)));
  if (file) {
    ReadMetadata(*file);
    DequantizeFirstAndLastRows(*file);
  } else if (file.error().message.empty()) {
    __builtin_trap();
  }
  return 0;
}
