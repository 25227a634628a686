// Which form a reply is to have, as the JSON schema that the engine keeps to
// (platform.openai.com/docs/guides/structured-outputs).
// Tested by: reply_format_test.cc
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "yixin/result.h"

namespace yixin {

// Both: {"type": "text"}, {"type": "json_object"}, or a schema. In: the body, and the text that it
// was read from, which has the members of the schema in their order. Out: a JSON schema; empty: any
// text. Errors: kInvalidArgument with the field.

// Of a chat: response_format, with {"type": "json_schema", "json_schema": {"name", "schema", ...}}.
Result<std::string> ReadResponseFormat(const nlohmann::json& body, std::string_view text);
// Of /v1/responses: text.format, with {"type": "json_schema", "name", "schema", ...}.
Result<std::string> ReadTextFormat(const nlohmann::json& body, std::string_view text);

}  // namespace yixin
