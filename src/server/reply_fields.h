// The fields by which a request says how a reply is drawn, the same for every route that replies.
// Tested by: chat_request_test.cc
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "server/limits.h"
#include "yixin/chat.h"
#include "yixin/result.h"
#include "yixin/service.h"

namespace yixin {

// temperature, top_p, top_k (-1 and 0: all, as vLLM has it), min_p, repetition_penalty, seed,
// max_tokens, max_completion_tokens (OpenAI's newer name for it). A seed that is left out is drawn
// at random, for that is what clients of this API expect.
// Errors: kInvalidArgument with the field.
Result<ReplyOptions> ReadReplyOptions(const nlohmann::json& body);

// A number of tokens to write at the most.
Result<std::optional<int>> LengthField(const nlohmann::json& body, const char* name);

// What both of OpenAI's completions have besides: presence_penalty, frequency_penalty, stop, and
// choice.
Status ReadOpenAiFields(const nlohmann::json& body, const ServerLimits& limits, ChatRequest* chat);

// user, or safety_identifier (OpenAI's newer name for it); empty where neither is there.
Result<std::string> ReadUser(const nlohmann::json& body);

// stream, stream_options.
struct StreamFields {
  bool stream = false;
  bool include_usage = false;
};
Result<StreamFields> ReadStreamFields(const nlohmann::json& body);

}  // namespace yixin
