// One POST /v1/assist in work: the text is labelled, whether a human is to take over is judged, and
// the reply is written; a named conversation is read before and kept behind.
//
// The steps run on whichever thread brings what they need: the door begins, the desk's thread has
// the conversation, the engine's has label and reply.
// Tested by: assist_test.cc
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "server/assist_request.h"
#include "server/backend.h"
#include "server/conversation_desk.h"
#include "server/exchange.h"
#include "server/reply_times.h"
#include "server/reply_writer.h"
#include "server/served_models.h"

namespace yixin {

struct AssistContext {
  Backend& backend;
  ConversationDesk& desk;
  const ServedModels& served;
  AnswerHead head;
  std::string owner;    // of conversations
  uint64_t client = 0;  // for the engine's turns
  CountReply count;
  // Told of each text that asks for a human, with the event's JSON; may be empty.
  std::function<void(std::string)> escalated;
};

// Returns at once; the exchange gets exactly one answer. What `context` refers to outlives it.
// Where the client goes the reply ends, and what there is of it is kept.
void StartAssist(AssistRequest request, AssistContext context, std::shared_ptr<Exchange> exchange);

}  // namespace yixin
