// Tested by: chat_request_test.cc, tests/fuzz/http_body_fuzz.cc
#include "server/chat_request.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "server/idle_fields.h"
#include "server/json_body.h"
#include "server/message_fields.h"
#include "server/reply_fields.h"
#include "server/reply_format.h"

namespace yixin {
namespace {

using nlohmann::json;

constexpr int64_t kMostTopLogprobs = 20;  // OpenAI's

constexpr std::array<std::string_view, 4> kRoles{"system", "developer", "user", "assistant"};
constexpr std::array<std::string_view, 3> kFields{"role", "content", "name"};
constexpr std::array<std::string_view, 1> kParts{"text"};
constexpr MessageForm kForm{"messages", kRoles, kFields, kParts};

constexpr std::array kIdle{
    IdleField{"tools", "[[]]"},
    IdleField{"tool_choice", R"(["none", "auto"])"},
    IdleField{"parallel_tool_calls", "[true, false]"},
    IdleField{"functions", "[[]]"},
    IdleField{"function_call", R"(["none", "auto"])"},
    IdleField{"logit_bias", "[{}]"},
    IdleField{"modalities", R"([["text"]])"},
    IdleField{"store", "[false]"},
    IdleField{"service_tier", R"(["auto", "default"])"},
    IdleField{"reasoning_effort", R"(["none"])"},
    IdleField{"prompt_cache_key", ""},
};

Result<std::optional<int>> ReadLogprobs(const json& body) {
  YIXIN_TRY(const auto wanted, FlagField(body, "logprobs"));
  YIXIN_TRY(const auto top, IntegerField(body, "top_logprobs", 0, kMostTopLogprobs));
  if (wanted.value_or(false)) return std::optional(static_cast<int>(top.value_or(0)));
  if (top) return BadField("top_logprobs: needs \"logprobs\": true", "top_logprobs");
  return std::optional<int>();
}

}  // namespace

Result<ChatCompletionRequest> ParseChatRequest(std::string_view text, const ServedModels& served,
                                               const ServerLimits& limits) {
  YIXIN_TRY(const json body, ParseJsonBody(text, limits.json_depth));
  YIXIN_CHECK_OK(CheckFields(body,
                             {"model",
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
                              "user",
                              "safety_identifier"},
                             kIdle));
  ChatCompletionRequest request;
  ChatRequest chat;
  YIXIN_TRY(chat.task, TaskOfModel(body, served, TaskKind::kChat));
  request.model = chat.task.empty() ? served.model : chat.task;
  YIXIN_TRY(chat.messages, ReadMessages(body.value("messages", json()), kForm, limits.messages));
  YIXIN_TRY(chat.reply, ReadReplyOptions(body));
  YIXIN_CHECK_OK(ReadOpenAiFields(body, limits, &chat));
  YIXIN_TRY(chat.log_probabilities, ReadLogprobs(body));
  YIXIN_TRY(const StreamFields stream, ReadStreamFields(body));
  request.stream = stream.stream;
  request.include_usage = stream.include_usage;
  YIXIN_TRY(chat.json_schema, ReadResponseFormat(body, text));
  YIXIN_TRY(request.user, ReadUser(body));
  YIXIN_TRY(const auto n, IntegerField(body, "n", 1, limits.replies));
  for (int64_t i = 0; i < n.value_or(1); ++i) {
    request.replies.push_back(chat);
    request.replies.back().reply.seed = *chat.reply.seed + static_cast<uint64_t>(i);
  }
  return request;
}

}  // namespace yixin
