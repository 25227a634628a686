// Parts of a URL (RFC 3986): percent-encoding, and the fields of a query.
// Tested by: url_text_test.cc
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "yixin/result.h"

namespace yixin {

// Nothing for a % without two hex digits, and for bytes that are no UTF-8 then. `+` is itself.
std::optional<std::string> PercentDecoded(std::string_view text);

// a=1&b=2; each field at most once and one of `known`. Errors: kInvalidArgument.
Result<std::map<std::string, std::string>> ParseQuery(
    std::string_view query, std::initializer_list<std::string_view> known);

}  // namespace yixin
