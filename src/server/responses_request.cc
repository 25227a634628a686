// Tested by: responses_request_test.cc
#include "server/responses_request.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/idle_fields.h"
#include "server/json_body.h"
#include "server/message_fields.h"
#include "server/reply_fields.h"
#include "server/reply_format.h"

namespace yixin {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 4> kRoles{"system", "developer", "user", "assistant"};
// The last three are in what was answered, which comes back as it was.
constexpr std::array<std::string_view, 6> kFields{"type", "role",   "content",
                                                  "id",   "status", "phase"};
constexpr std::array<std::string_view, 2> kParts{"input_text", "output_text"};
constexpr MessageForm kForm{"input", kRoles, kFields, kParts};
constexpr size_t kMostMetadata = 16;  // OpenAI's
constexpr std::array kIdle{
    IdleField{"tools", "[[]]"},
    IdleField{"tool_choice", R"(["none", "auto"])"},
    IdleField{"parallel_tool_calls", "[true, false]"},
    IdleField{"include", "[[]]"},
    IdleField{"background", "[false]"},
    IdleField{"top_logprobs", "[0]"},
    IdleField{"service_tier", R"(["auto", "default"])"},
    IdleField{"reasoning", R"([{}, {"effort": "none"}])"},
    IdleField{"prompt_cache_key", ""},
};

// The field `instructions` is the first message, as the engine has it.
Status ReadInput(const json& body, const ServerLimits& limits, ResponsesRequest* request,
                 ChatRequest* chat) {
  const json input = body.value("input", json());
  if (input.is_string()) {
    chat->messages.push_back({ChatRole::kUser, input.get<std::string>()});
    request->names.one_message = true;
  } else {
    if (!input.is_array()) {
      return BadField("input: expected a string, or a list of messages", "input");
    }
    for (size_t i = 0; i < input.size(); ++i) {
      const json& item = input[i];
      if (!item.is_object() || item.value("type", json("message")) == "message") continue;
      const std::string place = "input[" + std::to_string(i) + "].type";
      return BadField(place + ": expected message; this server has no tools and no other items",
                      place);
    }
    YIXIN_TRY(chat->messages, ReadMessages(input, kForm, limits.messages));
  }
  YIXIN_TRY(request->echo.instructions, TextField(body, "instructions"));
  if (request->echo.instructions.value_or("").empty()) return {};
  chat->messages.insert(chat->messages.begin(), {ChatRole::kSystem, *request->echo.instructions});
  request->names.system = "instructions";
  return {};
}

Status CheckNothingIsKept(const json& body) {
  YIXIN_TRY(const auto store, FlagField(body, "store"));
  if (store.value_or(false)) {
    return BadField("store: this server keeps no responses; leave it out, or false", "store");
  }
  YIXIN_TRY(const auto previous, TextField(body, "previous_response_id"));
  if (!previous) return {};
  return BadField(
      "previous_response_id: this server keeps no responses; send the conversation in "
      "`input`, or use /v1/assist, which keeps one",
      "previous_response_id");
}

Result<std::map<std::string, std::string>> ReadMetadata(const json& body) {
  std::map<std::string, std::string> pairs;
  const json* const metadata = FindField(body, "metadata");
  if (metadata == nullptr) return pairs;
  const Error refusal = BadField(
      "metadata: expected an object of at most " + std::to_string(kMostMetadata) + " strings",
      "metadata");
  if (!metadata->is_object() || metadata->size() > kMostMetadata) return refusal;
  for (const auto& [name, value] : metadata->items()) {
    if (!value.is_string()) return refusal;
    pairs.emplace(name, value.get<std::string>());
  }
  return pairs;
}

Result<bool> ReadTruncation(const json& body) {
  YIXIN_TRY(const auto name, TextField(body, "truncation"));
  if (!name || *name == "disabled") return false;
  if (*name == "auto") return true;
  return BadField("truncation: expected auto or disabled", "truncation");
}

}  // namespace

Result<ResponsesRequest> ParseResponsesRequest(std::string_view text, const ServedModels& served,
                                               const ServerLimits& limits) {
  YIXIN_TRY(const json body, ParseJsonBody(text, limits.json_depth));
  YIXIN_CHECK_OK(CheckFields(
      body,
      {"model", "input", "instructions", "max_output_tokens", "temperature", "top_p", "top_k",
       "min_p", "repetition_penalty", "seed", "stream", "store", "previous_response_id", "user",
       "safety_identifier", "metadata", "text", "truncation"},
      kIdle));
  ResponsesRequest request;
  ResponsesEcho& echo = request.echo;
  ChatRequest chat;
  request.names.messages = "input";
  request.names.length = "max_output_tokens";
  request.names.schema = "text.format";
  YIXIN_TRY(chat.task, TaskOfModel(body, served, TaskKind::kChat));
  request.model = chat.task.empty() ? served.model : chat.task;
  YIXIN_CHECK_OK(CheckNothingIsKept(body));
  YIXIN_CHECK_OK(ReadInput(body, limits, &request, &chat));
  YIXIN_TRY(chat.reply, ReadReplyOptions(body));
  YIXIN_TRY(chat.reply.max_new_tokens, LengthField(body, "max_output_tokens"));
  echo.max_output_tokens = chat.reply.max_new_tokens;
  YIXIN_TRY(echo.temperature, NumberField(body, "temperature", 0, 2));
  YIXIN_TRY(echo.top_p, NumberField(body, "top_p", 0, 1));
  YIXIN_TRY(echo.drops_oldest, ReadTruncation(body));
  chat.drop_oldest = echo.drops_oldest;
  YIXIN_TRY(echo.metadata, ReadMetadata(body));
  YIXIN_TRY(echo.user, TextField(body, "user"));
  YIXIN_TRY(request.user, ReadUser(body));
  YIXIN_TRY(chat.json_schema, ReadTextFormat(body, text));
  if (!chat.json_schema.empty()) echo.format = body["text"]["format"].dump();
  YIXIN_TRY(const auto stream, FlagField(body, "stream"));
  request.stream = stream.value_or(false);
  request.replies.push_back(std::move(chat));
  return request;
}

}  // namespace yixin
