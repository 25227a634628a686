// JSON that a client sent, read strictly: limited depth, no key twice, no NUL, types as they are
// asked for. Messages name fields, and never repeat values.
// Tested by: json_body_test.cc, tests/fuzz/http_request_fuzz.cc
#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "yixin/result.h"

namespace yixin {

// Errors: kInvalidText with the byte. Memory: some 20 times the text's size.
Result<nlohmann::json> ParseJsonBody(std::string_view text, int max_depth);

// The rule for objects: every field is one of these, or the request is refused (a misspelt
// parameter must not be ignored in silence). Errors: kInvalidArgument.
Status CheckFields(const nlohmann::json& object, std::initializer_list<std::string_view> known);

// Fields that may be left out; null is as if left out. Errors: kInvalidArgument for another type.
Result<std::optional<std::string>> TextField(const nlohmann::json& object, const char* name);
Result<std::optional<bool>> FlagField(const nlohmann::json& object, const char* name);

}  // namespace yixin
