// Tested by: messages_request_test.cc
#include "server/messages_request.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "server/idle_fields.h"
#include "server/json_body.h"
#include "server/message_fields.h"
#include "server/reply_fields.h"

namespace yixin {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> kRoles{"user", "assistant", "system"};
constexpr std::array<std::string_view, 2> kFields{"role", "content"};
constexpr std::array<std::string_view, 1> kParts{"text"};
constexpr MessageForm kForm{"messages", kRoles, kFields, kParts};
constexpr std::array kIdle{
    IdleField{"tools", "[[]]"},
    IdleField{"tool_choice", R"([{"type": "none"}, {"type": "auto"}])"},
    IdleField{"service_tier", R"(["auto", "standard_only"])"},
    IdleField{"thinking", R"([{"type": "disabled"}])"},
};

// The field `system` is the first message, as the engine has it.
Status ReadAllMessages(const json& body, const ServerLimits& limits, ReplyRequest* request,
                       ChatRequest* chat) {
  YIXIN_TRY(chat->messages, ReadMessages(body.value("messages", json()), kForm, limits.messages));
  if (chat->messages.back().role == ChatRole::kAssistant) {
    return BadField(
        "messages: the last one is the assistant's; this server writes whole replies and "
        "goes on with none",
        "messages");
  }
  const json* const system = FindField(body, "system");
  if (system == nullptr) return {};
  YIXIN_TRY(auto text, ReadContent(*system, "system", kParts));
  if (text.empty()) return {};
  chat->messages.insert(chat->messages.begin(), {ChatRole::kSystem, std::move(text)});
  request->names.system = "system";
  return {};
}

Result<std::string> ReadUserId(const json& body) {
  const json* const metadata = FindField(body, "metadata");
  if (metadata == nullptr) return std::string();
  YIXIN_CHECK_OK(CheckFields(*metadata, {"user_id"}, "metadata"));
  YIXIN_TRY(const auto user, TextField(*metadata, "user_id"));
  return user.value_or("");
}

}  // namespace

Result<ReplyRequest> ParseMessagesRequest(std::string_view text, const ServedModels& served,
                                          const ServerLimits& limits) {
  YIXIN_TRY(const json body, ParseJsonBody(text, limits.json_depth));
  YIXIN_CHECK_OK(CheckFields(
      body,
      {"model", "max_tokens", "messages", "system", "stream", "stop_sequences", "temperature",
       "top_p", "top_k", "min_p", "repetition_penalty", "seed", "metadata"},
      kIdle));
  ReplyRequest request;
  ChatRequest chat;
  YIXIN_TRY(chat.task, TaskOfModel(body, served, TaskKind::kChat));
  request.model = chat.task.empty() ? served.model : chat.task;
  YIXIN_CHECK_OK(ReadAllMessages(body, limits, &request, &chat));
  YIXIN_CHECK_OK(NumberField(body, "temperature", 0, 1));  // half of OpenAI's range
  YIXIN_TRY(chat.reply, ReadReplyOptions(body));
  if (!chat.reply.max_new_tokens) {
    return BadField("max_tokens is missing: a whole number from 1", "max_tokens");
  }
  YIXIN_TRY(chat.stops, TextsField(body, "stop_sequences", {limits.stops, limits.stop_bytes}));
  YIXIN_TRY(const auto stream, FlagField(body, "stream"));
  request.stream = stream.value_or(false);
  YIXIN_TRY(request.user, ReadUserId(body));
  request.replies.push_back(std::move(chat));
  return request;
}

}  // namespace yixin
