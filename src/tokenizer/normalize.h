// Unicode Normalization Form C (UAX #15), in O(n log n) for any text: a megabyte of combining marks
// must not take minutes.
// Tested by: normalize_test.cc
#pragma once

#include <string>
#include <string_view>

namespace yixin {

// In: valid UTF-8. Threads: any.
std::string NormalizeNfc(std::string_view text);

}  // namespace yixin
