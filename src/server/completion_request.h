// POST /v1/completions: the body to a validated request
// (platform.openai.com/docs/api-reference/completions): a text that is gone on from as it stands,
// without a chat's template. `choice`, top_k, min_p and repetition_penalty are vLLM's names.
// Tested by: completion_request_test.cc, tests/fuzz/http_body_fuzz.cc
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/limits.h"
#include "server/reply_request.h"
#include "server/served_models.h"
#include "yixin/result.h"

namespace yixin {

// replies: n for each prompt, in their order; the i-th of each has seed + i, so that a prompt gets
// what it would get alone.
struct CompletionRequest : ReplyRequest {
  bool include_usage = false;
  std::vector<std::string> echo;  // what each reply begins with: its prompt, where that is wanted
};

// Errors: kInvalidText, kInvalidArgument with the field; kNotFound for a model that is not offered.
Result<CompletionRequest> ParseCompletionRequest(std::string_view text, const ServedModels& served,
                                                 const ServerLimits& limits);

}  // namespace yixin
