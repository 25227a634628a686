// Unicode Normalization Form C (UAX #15), in O(n log n) for any text: a megabyte of combining marks
// must not take minutes.
//
// The Unicode version is utf8proc's (15 on Debian 12). The reference stack's NFC is of Unicode 9:
// it does not reorder the 98 marks that came later and does not compose U+11935 U+11930. Here they
// are treated as the standard says, because NFC is what is promised; ids of such texts differ.
// Tested by: normalize_test.cc
#pragma once

#include <string>
#include <string_view>

namespace yixin {

// In: valid UTF-8. Threads: any.
std::string NormalizeNfc(std::string_view text);

}  // namespace yixin
