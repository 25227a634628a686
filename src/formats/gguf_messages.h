// The words of GGUF errors: bytes out of a hostile file as one line of a message may show them, and
// what the file is when it is no GGUF file.
// Tested by: gguf_hostile_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace yixin {

// "47 47 55 46"
std::string SpellBytes(std::span<const std::byte> bytes);

// What people save under a model's name by accident; else the first bytes. In: not empty.
std::string DescribeForeignFile(std::span<const std::byte> bytes);

// "tensor type 16 (IQ2_XXS) is not supported; supported are F32, ..."
std::string DescribeUnsupportedTensorType(uint32_t gguf_id);

}  // namespace yixin
