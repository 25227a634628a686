// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
// Tested by: utf8_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "yixin/utf8.h"  // FindInvalidUtf8, ReplaceInvalidUtf8

namespace yixin {

struct DecodedCodePoint {
  char32_t code_point = 0;
  uint32_t length = 0;  // bytes; 0 where the bytes are not UTF-8
};

// The code point that starts at bytes[offset]. In: offset < bytes.size().
DecodedCodePoint DecodeUtf8(std::string_view bytes, size_t offset);

// In: a scalar value (no surrogate, at most U+10FFFF).
void AppendUtf8(char32_t code_point, std::string& out);

// How many bytes at the end are the beginning of a character that more bytes could complete: 0
// to 3.
size_t IncompleteUtf8TailLength(std::string_view bytes);

// The largest prefix length <= limit that does not cut a character. In: valid UTF-8.
size_t Utf8PrefixLength(std::string_view text, size_t limit);

// A name out of a hostile file as one line of a message may show it: in quotes, control characters
// replaced, cut after 80 bytes. In: any bytes.
std::string QuoteName(std::string_view name);

}  // namespace yixin
