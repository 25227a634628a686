// How deep JSON or TOML text nests, found in one pass before a parser, or the destructor of what it
// built, recurses over the text's structure.
// Tested by: nesting_test.cc
#pragma once

#include <string_view>

#include "yixin/result.h"

namespace yixin {

// Errors: kInvalidFile with the byte offset where brackets nest deeper than `max_depth`. Text that
// is no JSON passes; the parser has the last word.
Status CheckJsonNesting(std::string_view text, int max_depth);

// The same for TOML, with the line. A dotted key nests once a dot, so each key may hold `max_depth`
// dots: what is parsed is at most max_depth * (max_depth + 1) deep. Characters beyond ASCII outside
// strings and comments are refused too: TOML has none there, and what toml++ 3.3 does with some of
// them ('、', 'é') is undefined.
Status CheckTomlNesting(std::string_view text, int max_depth);

}  // namespace yixin
