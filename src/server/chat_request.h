// POST /v1/chat/completions: the body to a validated request
// (platform.openai.com/docs/api-reference/chat; `choice`, top_k, min_p and repetition_penalty are
// vLLM's names).
// Tested by: chat_request_test.cc, tests/fuzz/http_body_fuzz.cc
#pragma once

#include <string_view>

#include "server/limits.h"
#include "server/reply_request.h"
#include "server/served_models.h"
#include "yixin/result.h"

namespace yixin {

// The n replies differ in their seeds.
struct ChatCompletionRequest : ReplyRequest {
  bool include_usage = false;
};

// Errors: kInvalidText, kInvalidArgument with the field; kNotFound for a model that is not offered.
Result<ChatCompletionRequest> ParseChatRequest(std::string_view text, const ServedModels& served,
                                               const ServerLimits& limits);

}  // namespace yixin
