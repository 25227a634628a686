// Any bytes as a safetensors file: parsed, and where that succeeds the tensors cover the file's
// data and can be read. The seeds in corpus/safetensors are a sound file and headers that lie.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "formats/dequantize.h"
#include "formats/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto file = yixin::ParseSafetensors(bytes);
  if (!file) {
    if (file.error().message.empty()) __builtin_trap();
    return 0;
  }
  const std::byte* end = nullptr;
  for (const yixin::TensorView& tensor : file->tensors()) {
    if (file->FindTensor(tensor.name) != &tensor) __builtin_trap();
    if (end != nullptr && tensor.bytes.data() != end) __builtin_trap();
    end = tensor.bytes.data() + tensor.bytes.size();
    std::vector<float> row(tensor.cols());
    for (const uint64_t i : {uint64_t{0}, tensor.rows() - 1}) {
      if (!yixin::DequantizeRow(tensor.type, tensor.Row(i), row)) __builtin_trap();
    }
  }
  if (end != nullptr && end != bytes.data() + bytes.size()) __builtin_trap();
  return 0;
}
