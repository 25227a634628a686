// POST /v1/chat/completions: the body to a validated request
// (platform.openai.com/docs/api-reference/chat; `choice`, top_k, min_p and repetition_penalty are
// vLLM's names).
// Tested by: chat_request_test.cc, tests/fuzz/http_body_fuzz.cc
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/limits.h"
#include "server/served_models.h"
#include "yixin/result.h"
#include "yixin/service.h"

namespace yixin {

struct ChatCompletionRequest {
  // One for each of the n replies; they differ in their seeds.
  std::vector<ChatRequest> replies;
  std::string model;  // for the answer
  std::string user;
  bool stream = false;
  bool include_usage = false;
};

// Errors: kInvalidText, kInvalidArgument with the field; kNotFound for a model that is not offered.
Result<ChatCompletionRequest> ParseChatRequest(std::string_view text, const ServedModels& served,
                                               const ServerLimits& limits);

}  // namespace yixin
