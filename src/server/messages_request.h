// POST /v1/messages: the body to a validated request (docs.anthropic.com/en/api/messages; seed,
// min_p and repetition_penalty are our own additions, as in a chat).
// Tested by: messages_request_test.cc, tests/fuzz/http_body_fuzz.cc
#pragma once

#include <string_view>

#include "server/limits.h"
#include "server/reply_request.h"
#include "server/served_models.h"
#include "yixin/result.h"

namespace yixin {

// Out: one reply. Errors: kInvalidText, kInvalidArgument with the field; kNotFound for a model that
// is not offered.
Result<ReplyRequest> ParseMessagesRequest(std::string_view text, const ServedModels& served,
                                          const ServerLimits& limits);

}  // namespace yixin
