// Tested by: gguf_hostile_test.cc
#include "formats/gguf_messages.h"

#include <algorithm>

#include "formats/tensor_type.h"

namespace yixin {
namespace {

struct TypeName {
  uint32_t id;
  std::string_view name;
};

// ggml's other types, only to name them in an error.
constexpr TypeName kOtherTensorTypes[] = {
    {9, "Q8_1"},   {15, "Q8_K"},  {16, "IQ2_XXS"}, {17, "IQ2_XS"}, {18, "IQ3_XXS"},
    {19, "IQ1_S"}, {21, "IQ3_S"}, {22, "IQ2_S"},   {24, "I8"},     {25, "I16"},
    {26, "I32"},   {27, "I64"},   {28, "F64"},     {29, "IQ1_M"},  {34, "TQ1_0"},
    {35, "TQ2_0"}, {39, "MXFP4"}, {40, "NVFP4"},   {41, "Q1_0"},
};

bool StartsWithIgnoringCase(std::string_view text, std::string_view lower_prefix) {
  if (text.size() < lower_prefix.size()) return false;
  return std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                    [](char want, char got) {
                      return want == (got >= 'A' && got <= 'Z' ? static_cast<char>(got + 32) : got);
                    });
}

}  // namespace

std::string SpellBytes(std::span<const std::byte> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    if (!text.empty()) text += ' ';
    text += kDigits[std::to_integer<int>(byte >> 4)];
    text += kDigits[std::to_integer<int>(byte & std::byte{0x0f})];
  }
  return text;
}

std::string DescribeForeignFile(std::span<const std::byte> bytes) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                        std::min<size_t>(bytes.size(), 256));
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (StartsWithIgnoringCase(text, "<!doctype html") || StartsWithIgnoringCase(text, "<html")) {
    return "this is an HTML page, not a model; download the file again";
  }
  if (text.starts_with("version https://git-lfs")) {
    return "this is a Git LFS pointer, not the model itself; fetch the file (git lfs pull)";
  }
  return "expected 'GGUF', got the bytes " +
         SpellBytes(bytes.first(std::min<size_t>(bytes.size(), 4)));
}

std::string DescribeUnsupportedTensorType(uint32_t gguf_id) {
  std::string text = "tensor type " + std::to_string(gguf_id);
  for (const TypeName& other : kOtherTensorTypes) {
    if (other.id == gguf_id) text += " (" + std::string(other.name) + ")";
  }
  text += " is not supported; supported are ";
  for (const TensorTypeInfo& info : kTensorTypes) {
    if (info.type != kTensorTypes.front().type) text += ", ";
    text += info.name;
  }
  return text;
}

}  // namespace yixin
