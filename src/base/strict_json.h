// JSON from files that nobody here wrote: a limit on size and depth before anything is parsed, and
// no key twice in an object (JSON parsers keep the first or the last, so two programs would read
// two files out of one).
// Tested by: strict_json_test.cc
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "yixin/result.h"

namespace yixin {

struct JsonLimits {
  size_t max_bytes = size_t{1} << 20;
  int max_depth = 16;
};

// Errors: kInvalidFile with the byte, or with the key that is there twice (also the subject).
// Memory: at most some 20 times the text's size. Cost: about 100 MB/s.
Result<nlohmann::json> ParseStrictJson(std::string_view text, const JsonLimits& limits);

}  // namespace yixin
