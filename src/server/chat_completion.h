// One POST /v1/chat/completions in work: its replies are written by the engine, and become one
// answer or one stream.
// Tested by: chat_completion_test.cc
#pragma once

#include <memory>

#include "server/backend.h"
#include "server/chat_answer.h"
#include "server/chat_request.h"
#include "server/exchange.h"
#include "server/reply_times.h"

namespace yixin {

// Returns at once; the exchange gets exactly one answer. A client that goes cancels its replies.
// The backend outlives the request. count: called at the end of each reply, by any thread.
void StartChatCompletion(Backend& backend, const ChatCompletionRequest& request, AnswerHead head,
                         CountReply count, const std::shared_ptr<Exchange>& exchange);

}  // namespace yixin
