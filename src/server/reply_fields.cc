// Tested by: chat_request_test.cc
#include "server/reply_fields.h"

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>

#include "server/json_body.h"

namespace yixin {
namespace {

constexpr int64_t kMostTokens = 1 << 20;  // the engine knows the context and says so

Result<std::optional<int>> ReadLength(const nlohmann::json& body) {
  YIXIN_TRY(const auto old_name, LengthField(body, "max_tokens"));
  YIXIN_TRY(const auto new_name, LengthField(body, "max_completion_tokens"));
  if (old_name && new_name && *old_name != *new_name) {
    return Error{ErrorCode::kInvalidArgument,
                 "max_tokens and max_completion_tokens differ; they are two names for one thing",
                 "max_tokens"};
  }
  return new_name ? new_name : old_name;
}

uint64_t RandomSeed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

}  // namespace

Result<std::optional<int>> LengthField(const nlohmann::json& body, const char* name) {
  YIXIN_TRY(const auto length, IntegerField(body, name, 1, kMostTokens));
  return length ? std::optional(static_cast<int>(*length)) : std::nullopt;
}

Result<ReplyOptions> ReadReplyOptions(const nlohmann::json& body) {
  ReplyOptions reply;
  YIXIN_TRY(reply.max_new_tokens, ReadLength(body));
  YIXIN_TRY(reply.temperature, NumberField(body, "temperature", 0, 2));
  YIXIN_TRY(reply.top_p, NumberField(body, "top_p", 0, 1));
  // 0 leaves nothing to draw from but the likeliest, which the engine calls greedy.
  if (reply.top_p && *reply.top_p <= 0) {
    reply.top_p.reset();
    reply.temperature = 0;
  }
  YIXIN_TRY(reply.min_p, NumberField(body, "min_p", 0, 1));
  YIXIN_TRY(const auto top_k, IntegerField(body, "top_k", -1, kMostTokens));
  if (top_k) reply.top_k = static_cast<int>(*top_k > 0 ? *top_k : 0);
  YIXIN_TRY(reply.repeat_penalty, NumberField(body, "repetition_penalty", 0.1, 10));
  YIXIN_TRY(const auto seed, IntegerField(body, "seed", std::numeric_limits<int64_t>::min(),
                                          std::numeric_limits<int64_t>::max()));
  reply.seed = seed ? static_cast<uint64_t>(*seed) : RandomSeed();
  return reply;
}

Status ReadOpenAiFields(const nlohmann::json& body, const ServerLimits& limits, ChatRequest* chat) {
  YIXIN_TRY(const auto presence, NumberField(body, "presence_penalty", -2, 2));
  YIXIN_TRY(const auto frequency, NumberField(body, "frequency_penalty", -2, 2));
  chat->presence_penalty = presence.value_or(0);
  chat->frequency_penalty = frequency.value_or(0);
  YIXIN_TRY(chat->stops, TextsField(body, "stop", {limits.stops, limits.stop_bytes}));
  YIXIN_TRY(chat->choices, TextsField(body, "choice", {limits.choices, limits.choice_bytes, 1}));
  return {};
}

Result<std::string> ReadUser(const nlohmann::json& body) {
  YIXIN_TRY(const auto user, TextField(body, "user"));
  YIXIN_TRY(const auto newer_name, TextField(body, "safety_identifier"));
  return user.value_or(newer_name.value_or(""));
}

Result<StreamFields> ReadStreamFields(const nlohmann::json& body) {
  StreamFields fields;
  YIXIN_TRY(const auto stream, FlagField(body, "stream"));
  fields.stream = stream.value_or(false);
  const nlohmann::json* const options = FindField(body, "stream_options");
  if (options == nullptr) return fields;
  if (!fields.stream) {
    return Error{ErrorCode::kInvalidArgument, "stream_options: needs \"stream\": true",
                 "stream_options"};
  }
  YIXIN_CHECK_OK(CheckFields(*options, {"include_usage"}, "stream_options"));
  YIXIN_TRY(const auto usage, FlagField(*options, "include_usage"));
  fields.include_usage = usage.value_or(false);
  return fields;
}

}  // namespace yixin
