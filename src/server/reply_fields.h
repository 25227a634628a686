// The fields by which a request says how a reply is drawn, the same for every route that replies.
// Tested by: chat_request_test.cc
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "yixin/chat.h"
#include "yixin/result.h"

namespace yixin {

// temperature, top_p, top_k (-1 and 0: all, as vLLM has it), min_p, repetition_penalty, seed,
// max_tokens, max_completion_tokens (OpenAI's newer name for it). A seed that is left out is drawn
// at random, for that is what clients of this API expect.
// Errors: kInvalidArgument with the field.
Result<ReplyOptions> ReadReplyOptions(const nlohmann::json& body);

}  // namespace yixin
