// Which form a reply is to have: OpenAI's response_format, as the JSON schema that the engine keeps
// to (platform.openai.com/docs/guides/structured-outputs).
// Tested by: reply_format_test.cc
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "yixin/result.h"

namespace yixin {

// {"type": "text"}, {"type": "json_object"}, or {"type": "json_schema", "json_schema": {"name",
// "schema", ...}}. In: the body, and the text that it was read from, which has the members of the
// schema in their order. Out: a JSON schema; empty: any text.
// Errors: kInvalidArgument with the field.
Result<std::string> ReadResponseFormat(const nlohmann::json& body, std::string_view text);

}  // namespace yixin
