// Tested by: assist_request_test.cc, tests/fuzz/http_body_fuzz.cc
#include "server/assist_request.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "conversations/conversation_store.h"
#include "server/json_body.h"
#include "server/reply_fields.h"

namespace yixin {
namespace {

constexpr int64_t kMostTurns = 1'000'000;

}  // namespace

Result<AssistRequest> ParseAssistRequest(std::string_view text, const ServedModels& served,
                                         const ServerLimits& limits) {
  YIXIN_TRY(const nlohmann::json body, ParseJsonBody(text, limits.json_depth));
  YIXIN_CHECK_OK(CheckFields(body, {"text", "conversation", "turn", "task", "label_task", "stream",
                                    "max_tokens", "max_completion_tokens", "temperature", "top_p",
                                    "top_k", "min_p", "repetition_penalty", "seed", "user"}));
  AssistRequest request;
  YIXIN_TRY(auto said, TextField(body, "text"));
  if (!said) return Error{ErrorCode::kInvalidArgument, "text is missing: a string", "text"};
  request.text = *std::move(said);
  YIXIN_TRY(auto conversation, TextField(body, "conversation"));
  if (conversation && !IsConversationName(*conversation)) {
    return Error{ErrorCode::kInvalidArgument,
                 "conversation: expected a name of 1 to 128 bytes without control characters",
                 "conversation"};
  }
  request.conversation = conversation.value_or("");
  YIXIN_TRY(const auto turn, IntegerField(body, "turn", 0, kMostTurns));
  if (turn && request.conversation.empty()) {
    return Error{ErrorCode::kInvalidArgument, "turn: needs a conversation", "turn"};
  }
  if (turn) request.turn = static_cast<int>(*turn);
  YIXIN_TRY(request.task, NamedTask(body, "task", served, TaskKind::kChat));
  YIXIN_TRY(request.label_task, NamedTask(body, "label_task", served, TaskKind::kLabels));
  YIXIN_TRY(request.reply, ReadReplyOptions(body));
  YIXIN_TRY(const auto stream, FlagField(body, "stream"));
  request.stream = stream.value_or(false);
  YIXIN_TRY(auto user, TextField(body, "user"));
  request.user = user.value_or("");
  return request;
}

}  // namespace yixin
