// POST /v1/responses: the body to a validated request
// (platform.openai.com/docs/api-reference/responses). The part of that API that keeps nothing:
// every request brings its whole conversation.
// Tested by: responses_request_test.cc, tests/fuzz/http_body_fuzz.cc
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "server/limits.h"
#include "server/reply_request.h"
#include "server/served_models.h"
#include "yixin/result.h"

namespace yixin {

// What the answer says again of its request.
struct ResponsesEcho {
  std::optional<std::string> instructions;
  std::optional<int> max_output_tokens;
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<std::string> user;
  std::map<std::string, std::string> metadata;
  std::string format = R"({"type":"text"})";  // of text, as JSON
  bool drops_oldest = false;                  // truncation: auto
};

// One reply.
struct ResponsesRequest : ReplyRequest {
  ResponsesEcho echo;
};

// Errors: kInvalidText, kInvalidArgument with the field; kNotFound for a model that is not offered.
Result<ResponsesRequest> ParseResponsesRequest(std::string_view text, const ServedModels& served,
                                               const ServerLimits& limits);

}  // namespace yixin
