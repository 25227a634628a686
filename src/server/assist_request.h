// POST /v1/assist: the body to a validated request.
// Tested by: assist_request_test.cc, tests/fuzz/http_body_fuzz.cc
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/limits.h"
#include "server/served_models.h"
#include "yixin/chat.h"
#include "yixin/result.h"

namespace yixin {

struct AssistRequest {
  std::string text;
  std::string conversation;  // empty: none
  std::optional<int> turn;   // whose place the text takes
  std::string task;          // the voice; empty: the conversation's, or the server's
  std::string label_task;
  ReplyOptions reply;
  std::string user;
  bool stream = false;
};

// Errors: kInvalidText, kInvalidArgument with the field; kNotFound for a task.
Result<AssistRequest> ParseAssistRequest(std::string_view text, const ServedModels& served,
                                         const ServerLimits& limits);

}  // namespace yixin
