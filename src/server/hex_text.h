// Bytes as hex digits.
// Tested by: access_test.cc
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace yixin {

inline std::string HexText(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace yixin
