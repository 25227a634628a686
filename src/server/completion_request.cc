// Tested by: completion_request_test.cc
#include "server/completion_request.h"

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "server/idle_fields.h"
#include "server/json_body.h"
#include "server/reply_fields.h"

namespace yixin {
namespace {

using nlohmann::json;

constexpr int kDefaultTokens = 16;    // OpenAI's, of this route
constexpr int64_t kMostLogprobs = 5;  // OpenAI's

Result<std::string> ReadPrompt(const json& value, const std::string& place) {
  if (value.is_number() || value.is_array()) {
    return BadField(place +
                        ": token ids are not taken here, for they differ from model to model; send "
                        "the text",
                    place);
  }
  if (!value.is_string()) return BadField(place + ": expected a string", place);
  auto text = value.get<std::string>();
  if (text.empty()) {
    return Error{ErrorCode::kInvalidText, place + ": empty input; there is nothing to go on from",
                 place};
  }
  return text;
}

Result<std::vector<std::string>> ReadPrompts(const json& body, size_t most) {
  const json field = body.value("prompt", json());
  std::vector<std::string> prompts;
  if (!field.is_array()) {
    if (field.is_null())
      return BadField("prompt is missing: a string, or a list of them", "prompt");
    YIXIN_TRY(auto text, ReadPrompt(field, "prompt"));
    prompts.push_back(std::move(text));
    return prompts;
  }
  if (field.empty() || field.size() > most) {
    return BadField(
        "prompt: expected a string, or a list of 1 to " + std::to_string(most) + " of them",
        "prompt");
  }
  for (const json& entry : field) {
    const std::string place = "prompt[" + std::to_string(prompts.size()) + "]";
    YIXIN_TRY(auto text, ReadPrompt(entry, place));
    prompts.push_back(std::move(text));
  }
  return prompts;
}

constexpr std::array kIdle{IdleField{"best_of", "[1]"}, IdleField{"logit_bias", "[{}]"}};

// What the model goes on from is the request's text alone.
Result<std::string> ReadModel(const json& body, const ServedModels& served) {
  YIXIN_TRY(const auto task, TaskOfModel(body, served, TaskKind::kChat));
  if (task.empty()) return served.model;
  return BadField(
      "model: a task has a prompt of its own; this route goes on from yours, by the model's "
      "own name",
      "model");
}

}  // namespace

Result<CompletionRequest> ParseCompletionRequest(std::string_view text, const ServedModels& served,
                                                 const ServerLimits& limits) {
  YIXIN_TRY(const json body, ParseJsonBody(text, limits.json_depth));
  YIXIN_CHECK_OK(CheckFields(body,
                             {"model",
                              "prompt",
                              "max_tokens",
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
                              "stream",
                              "stream_options",
                              "logprobs",
                              "echo",
                              "suffix",
                              "choice",
                              "user"},
                             kIdle));
  CompletionRequest request;
  ChatRequest chat;
  YIXIN_TRY(request.model, ReadModel(body, served));
  YIXIN_TRY(const auto prompts, ReadPrompts(body, limits.completions));
  YIXIN_TRY(const auto n, IntegerField(body, "n", 1, limits.replies));
  const auto replies = static_cast<size_t>(n.value_or(1));
  if (prompts.size() * replies > limits.completions) {
    return BadField("n: of all prompts together at most " + std::to_string(limits.completions) +
                        " replies, got " + std::to_string(prompts.size() * replies),
                    "n");
  }
  YIXIN_TRY(chat.reply, ReadReplyOptions(body));
  chat.reply.max_new_tokens = chat.reply.max_new_tokens.value_or(kDefaultTokens);
  YIXIN_CHECK_OK(ReadOpenAiFields(body, limits, &chat));
  YIXIN_TRY(const auto logprobs, IntegerField(body, "logprobs", 0, kMostLogprobs));
  if (logprobs) chat.log_probabilities = static_cast<int>(*logprobs);
  YIXIN_TRY(const auto echo, FlagField(body, "echo"));
  if (echo.value_or(false) && logprobs) {
    return BadField("echo: not together with logprobs; the prompt's own are not measured", "echo");
  }
  const auto suffix = body.find("suffix");
  if (suffix != body.end() && !suffix->is_null()) {
    return BadField("suffix: this server writes on at the end alone", "suffix");
  }
  YIXIN_TRY(const StreamFields stream, ReadStreamFields(body));
  request.stream = stream.stream;
  request.include_usage = stream.include_usage;
  YIXIN_TRY(const auto user, TextField(body, "user"));
  request.user = user.value_or("");
  for (const std::string& prompt : prompts) {
    chat.prompt = prompt;
    for (size_t i = 0; i < replies; ++i) {
      request.replies.push_back(chat);
      request.replies.back().reply.seed = *chat.reply.seed + i;
      request.echo.push_back(echo.value_or(false) ? prompt : "");
    }
  }
  request.names.replies_of_a_prompt = body["prompt"].is_array() ? replies : 0;
  return request;
}

}  // namespace yixin
