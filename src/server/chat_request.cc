// Tested by: chat_request_test.cc, tests/fuzz/http_body_fuzz.cc
#include "server/chat_request.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "server/json_body.h"
#include "server/reply_fields.h"
#include "server/reply_format.h"

namespace yixin {
namespace {

using nlohmann::json;

constexpr int64_t kMostTopLogprobs = 20;  // OpenAI's

Error Bad(std::string message, std::string field) {
  return {ErrorCode::kInvalidArgument, std::move(message), std::move(field)};
}

Result<ChatRole> ReadRole(const json& message, const std::string& place) {
  const auto role = message.find("role");
  if (role != message.end() && role->is_string()) {
    const auto& name = role->get_ref<const std::string&>();
    if (name == "system" || name == "developer") return ChatRole::kSystem;
    if (name == "user") return ChatRole::kUser;
    if (name == "assistant") return ChatRole::kAssistant;
  }
  return Bad(place + ".role: expected system, developer, user or assistant", place + ".role");
}

// A string, or OpenAI's list of parts, of which those of type text are known here.
Result<std::string> ReadContent(const json& message, const std::string& place) {
  const std::string field = place + ".content";
  const auto content = message.find("content");
  if (content == message.end() || content->is_null()) {
    return Bad(field + " is missing: a string, or a list of {\"type\": \"text\", \"text\": ...}",
               field);
  }
  if (content->is_string()) return content->get<std::string>();
  if (!content->is_array()) return Bad(field + ": expected a string, or a list of texts", field);
  std::string text;
  for (const json& part : *content) {
    const bool is_text = part.is_object() && part.value("type", json()) == "text" &&
                         part.contains("text") && part["text"].is_string();
    if (!is_text) {
      return Bad(field +
                     ": expected parts {\"type\": \"text\", \"text\": ...}; this model reads "
                     "nothing else",
                 field);
    }
    text += part["text"].get_ref<const std::string&>();
  }
  return text;
}

Result<std::vector<ChatMessage>> ReadMessages(const json& body, const ServerLimits& limits) {
  const auto field = body.find("messages");
  if (field == body.end() || !field->is_array() || field->empty() ||
      field->size() > limits.messages) {
    return Bad("messages: expected a list of 1 to " + std::to_string(limits.messages) +
                   " messages {\"role\": ..., \"content\": ...}",
               "messages");
  }
  std::vector<ChatMessage> messages;
  for (const json& entry : *field) {
    const std::string place = "messages[" + std::to_string(messages.size()) + "]";
    YIXIN_CHECK_OK(CheckFields(entry, {"role", "content", "name"}, place));
    ChatMessage message;
    YIXIN_TRY(message.role, ReadRole(entry, place));
    YIXIN_TRY(message.text, ReadContent(entry, place));
    messages.push_back(std::move(message));
  }
  return messages;
}

Result<std::optional<int>> ReadLogprobs(const json& body) {
  YIXIN_TRY(const auto wanted, FlagField(body, "logprobs"));
  YIXIN_TRY(const auto top, IntegerField(body, "top_logprobs", 0, kMostTopLogprobs));
  if (wanted.value_or(false)) return std::optional(static_cast<int>(top.value_or(0)));
  if (top) return Bad("top_logprobs: needs \"logprobs\": true", "top_logprobs");
  return std::optional<int>();
}

Status ReadStream(const json& body, ChatCompletionRequest* request) {
  YIXIN_TRY(const auto stream, FlagField(body, "stream"));
  request->stream = stream.value_or(false);
  const auto options = body.find("stream_options");
  if (options == body.end() || options->is_null()) return {};
  if (!request->stream) return Bad("stream_options: needs \"stream\": true", "stream_options");
  YIXIN_CHECK_OK(CheckFields(*options, {"include_usage"}, "stream_options"));
  YIXIN_TRY(const auto usage, FlagField(*options, "include_usage"));
  request->include_usage = usage.value_or(false);
  return {};
}

}  // namespace

Result<ChatCompletionRequest> ParseChatRequest(std::string_view text, const ServedModels& served,
                                               const ServerLimits& limits) {
  YIXIN_TRY(const json body, ParseJsonBody(text, limits.json_depth));
  YIXIN_CHECK_OK(CheckFields(body, {"model",
                                    "messages",
                                    "stream",
                                    "stream_options",
                                    "max_tokens",
                                    "max_completion_tokens",
                                    "temperature",
                                    "top_p",
                                    "top_k",
                                    "min_p",
                                    "repetition_penalty",
                                    "presence_penalty",
                                    "frequency_penalty",
                                    "seed",
                                    "stop",
                                    "n",
                                    "logprobs",
                                    "top_logprobs",
                                    "choice",
                                    "response_format",
                                    "user"}));
  ChatCompletionRequest request;
  ChatRequest chat;
  YIXIN_TRY(chat.task, TaskOfModel(body, served, TaskKind::kChat));
  request.model = chat.task.empty() ? served.model : chat.task;
  YIXIN_TRY(chat.messages, ReadMessages(body, limits));
  YIXIN_TRY(chat.reply, ReadReplyOptions(body));
  YIXIN_TRY(const auto presence, NumberField(body, "presence_penalty", -2, 2));
  YIXIN_TRY(const auto frequency, NumberField(body, "frequency_penalty", -2, 2));
  chat.presence_penalty = presence.value_or(0);
  chat.frequency_penalty = frequency.value_or(0);
  YIXIN_TRY(chat.stops, TextsField(body, "stop", {limits.stops, limits.stop_bytes}));
  YIXIN_TRY(chat.choices, TextsField(body, "choice", {limits.choices, limits.choice_bytes}));
  YIXIN_TRY(chat.log_probabilities, ReadLogprobs(body));
  YIXIN_CHECK_OK(ReadStream(body, &request));
  YIXIN_TRY(chat.json_schema, ReadResponseFormat(body, text));
  YIXIN_TRY(const auto user, TextField(body, "user"));
  request.user = user.value_or("");
  YIXIN_TRY(const auto n, IntegerField(body, "n", 1, limits.replies));
  for (int64_t i = 0; i < n.value_or(1); ++i) {
    request.replies.push_back(chat);
    request.replies.back().reply.seed = *chat.reply.seed + static_cast<uint64_t>(i);
  }
  return request;
}

}  // namespace yixin
