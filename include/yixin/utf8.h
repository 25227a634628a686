// Is it UTF-8 (RFC 3629), and what to do when it is not.
// Tested by: src/base/utf8_test.cc
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace yixin {

// The position in bytes of the first byte that is not UTF-8, or nothing when all of it is.
std::optional<size_t> FindInvalidUtf8(std::string_view bytes);

// Every maximal broken part replaced by U+FFFD, as Unicode 3.9 recommends.
std::string ReplaceInvalidUtf8(std::string_view bytes);

}  // namespace yixin
