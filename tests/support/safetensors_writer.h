// Writes .safetensors files for tests, sound ones and, by their header's text, broken ones. Shares
// no code with the reader that it tests.
// Tested by: src/formats/safetensors_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace yixin {

// A header of any text before any data.
std::vector<std::byte> SafetensorsFile(std::string_view header, size_t data_bytes);

class SafetensorsWriter {
 public:
  // In: data of the size that dtype and shape need.
  void Add(std::string_view name, std::string_view dtype, const std::vector<uint64_t>& shape,
           std::vector<std::byte> data);
  std::vector<std::byte> Finish() const;

 private:
  std::string entries_;
  std::vector<std::byte> data_;
};

// Values of a formula over a tensor's name, as tools/make_hf_goldens.py computes them: uniform
// around 1 for norms, around 0 for the rest, as wide as keeps activations near 1.
std::vector<float> FormulaWeights(std::string_view name, const std::vector<uint64_t>& shape);
// The formula's i-th token id.
int32_t FormulaId(int i, int vocabulary);

// Rounded to nearest even.
std::vector<std::byte> ToBf16(const std::vector<float>& values);

}  // namespace yixin
