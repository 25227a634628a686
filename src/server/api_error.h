// Errors as OpenAI's API has them: {"error": {"message", "type", "param", "code"}}; a route of
// another API has them put into its shape on their way out.
// Tested by: api_error_test.cc, app_test.cc
#pragma once

#include <string>
#include <string_view>

#include "server/http_types.h"
#include "yixin/result.h"

namespace yixin {

// In: `code` is for programs, `message` for people; `param` is the field, or empty.
ServerResponse ErrorResponse(int status, std::string_view type, std::string_view code,
                             std::string_view message, std::string_view param = "");
// By the table of error_table.h; what the request does not cause (a broken file of ours) is
// answered without its paths. Status 429 and 503 say when to come again.
ServerResponse ErrorResponse(const Error& error);

// kAnthropic: {"type": "error", "error": {"type", "message"}, "request_id"}
// (docs.anthropic.com/en/api/errors). kTei: {"error", "error_type"}, of text-embeddings-inference.
enum class ErrorShape { kOpenAi, kAnthropic, kTei };
// In: an answer of ErrorResponse. Its status and headers stay.
ServerResponse InShape(ErrorShape shape, std::string_view request_id, ServerResponse error);

}  // namespace yixin
