#include "server/chat_request.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace yixin {
namespace {

ServedModels Offer() {
  return {
      .model = "tiny",
      .tasks = {{.name = "sentiment.zh", .mode = "score"}, {.name = "chat.zh", .mode = "chat"}}};
}

Result<ChatCompletionRequest> Parse(std::string_view body) {
  return ParseChatRequest(body, Offer(), {.messages = 4, .replies = 3, .choices = 2});
}

// A body with one more field.
std::string With(const std::string& field) {
  const std::string least = R"({"messages": [{"role": "user", "content": "好"}])";
  return least + (field.empty() ? "" : ", ") + field + "}";
}

TEST(ChatRequest, TheLeast) {
  const auto request = Parse(With(""));
  ASSERT_TRUE(request) << request.error().message;
  ASSERT_EQ(request->replies.size(), 1u);
  const ChatRequest& chat = request->replies[0];
  ASSERT_EQ(chat.messages.size(), 1u);
  EXPECT_EQ(chat.messages[0].role, ChatRole::kUser);
  EXPECT_EQ(chat.messages[0].text, "好");
  EXPECT_EQ(chat.task, "");
  EXPECT_EQ(request->model, "tiny");
  EXPECT_FALSE(request->stream);
  EXPECT_FALSE(chat.reply.temperature);
  EXPECT_TRUE(chat.reply.seed) << "drawn at random";
  EXPECT_NE(*chat.reply.seed, *Parse(With(""))->replies[0].reply.seed);
}

TEST(ChatRequest, Everything) {
  const auto request = Parse(
      R"({"model": "chat.zh", "messages": [{"role": "developer", "content": "s", "name": "x"},
          {"role": "assistant", "content": "a", "refusal": null, "tool_calls": null},
          {"role": "user", "content": [{"type": "text", "text": "u"}, {"type": "text", "text": "v"}]}],
          "stream": true, "stream_options": {"include_usage": true}, "max_completion_tokens": 9,
          "max_tokens": 9, "temperature": 0.5, "top_p": 0.5, "top_k": -1, "min_p": 0.25,
          "repetition_penalty": 1.5, "presence_penalty": -2, "frequency_penalty": 1, "seed": -1,
          "stop": "x", "n": 2, "logprobs": true, "top_logprobs": 5, "choice": ["a", "b"],
          "response_format": {"type": "json_object"}, "user": "u", "tools": null})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->model, "chat.zh");
  EXPECT_EQ(request->user, "u");
  EXPECT_TRUE(request->stream && request->include_usage);
  ASSERT_EQ(request->replies.size(), 2u);
  const ChatRequest& chat = request->replies[0];
  EXPECT_EQ(chat.task, "chat.zh");
  EXPECT_EQ(chat.messages[0].role, ChatRole::kSystem);
  EXPECT_EQ(chat.messages[2].text, "uv");
  EXPECT_EQ(chat.json_schema, R"({"type": "object"})");
  EXPECT_EQ(chat.reply.max_new_tokens, 9);
  EXPECT_EQ(chat.reply.temperature, 0.5);
  EXPECT_EQ(chat.reply.top_k, 0) << "-1 is all of them";
  EXPECT_EQ(chat.reply.min_p, 0.25);
  EXPECT_EQ(chat.reply.repeat_penalty, 1.5);
  EXPECT_EQ(chat.presence_penalty, -2);
  EXPECT_EQ(chat.frequency_penalty, 1);
  EXPECT_EQ(chat.reply.seed, UINT64_MAX);
  EXPECT_EQ(request->replies[1].reply.seed, 0u) << "each reply has a seed of its own";
  EXPECT_EQ(chat.stops, std::vector<std::string>{"x"});
  EXPECT_EQ(chat.log_probabilities, 5);
  EXPECT_EQ(chat.choices, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(Parse(With("\"logprobs\": true"))->replies[0].log_probabilities, 0);
  EXPECT_EQ(Parse(With("\"top_p\": 0"))->replies[0].reply.temperature, 0) << "the likeliest alone";
}

TEST(ChatRequest, FieldsThatAreRefused) {
  const auto subject = [](const std::string& body) {
    const auto request = Parse(body);
    if (request) return std::string("taken");
    EXPECT_EQ(request.error().code, ErrorCode::kInvalidArgument) << body;
    return request.error().subject;
  };
  for (const auto& [field, name] : std::vector<std::pair<std::string, std::string>>{
           {"\"temperature\": -1", "temperature"},
           {"\"temperature\": 2.1", "temperature"},
           {"\"temperature\": \"1\"", "temperature"},
           {"\"top_p\": 1.5", "top_p"},
           {"\"top_k\": 1.5", "top_k"},
           {"\"top_k\": -2", "top_k"},
           {"\"min_p\": true", "min_p"},
           {"\"repetition_penalty\": 0", "repetition_penalty"},
           {"\"max_tokens\": 0", "max_tokens"},
           {"\"max_tokens\": 9223372036854775808", "max_tokens"},
           {"\"max_tokens\": 1e3", "max_tokens"},
           {"\"max_tokens\": 1, \"max_completion_tokens\": 2", "max_tokens"},
           {"\"seed\": 9223372036854775808", "seed"},
           {"\"seed\": 18446744073709551616", "seed"},
           {"\"n\": 0", "n"},
           {"\"n\": 4", "n"},
           {"\"n\": 1000000000", "n"},
           {"\"stop\": [\"\"]", "stop[0]"},
           {"\"stop\": 5", "stop"},
           {"\"stop\": [\"a\", 5]", "stop[1]"},
           {"\"choice\": [\"a\", \"b\", \"c\"]", "choice"},
           {"\"choice\": []", "choice"},
           {"\"top_logprobs\": 3", "top_logprobs"},
           {"\"logprobs\": true, \"top_logprobs\": 21", "top_logprobs"},
           {"\"logprobs\": 3", "logprobs"},
           {"\"stream_options\": {}", "stream_options"},
           {"\"stream\": true, \"stream_options\": 1", "stream_options"},
           {"\"stream\": true, \"stream_options\": {\"x\": 1}", "stream_options"},
           {"\"response_format\": {\"type\": \"json_schema\"}", "response_format.json_schema"},
           {"\"response_format\": 1", "response_format"},
           {"\"user\": 1", "user"},
           {"\"model\": 1", "model"},
           {"\"temprature\": 1", ""},
           {"\"tools\": [{}]", "tools"},
           {"\"tool_choice\": \"required\"", "tool_choice"},
           {"\"store\": true", "store"},
           {"\"prompt_cache_key\": 1", "prompt_cache_key"}}) {
    EXPECT_EQ(subject(With(field)), name) << field;
  }
  EXPECT_EQ(Parse(With("\"model\": \"sentiment.zh\"")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Parse(With("\"model\": \"/etc/passwd\"")).error().code, ErrorCode::kNotFound);
}

TEST(ChatRequest, WhatClientsSendWithoutAWish) {
  EXPECT_TRUE(Parse(With(R"("tools": [], "tool_choice": "auto", "parallel_tool_calls": true,
      "functions": [], "function_call": "none", "logit_bias": {}, "modalities": ["text"],
      "store": false, "service_tier": "auto", "reasoning_effort": "none", "stop": [],
      "prompt_cache_key": "k")")));
  EXPECT_EQ(Parse(With(R"("safety_identifier": "s")"))->user, "s");
  EXPECT_EQ(Parse(With(R"("safety_identifier": "s", "user": "u")"))->user, "u");
}

TEST(ChatRequest, MessagesThatAreRefused) {
  const auto subject = [](const std::string& messages) {
    const auto request = Parse("{\"messages\": " + messages + "}");
    return request ? "taken" : request.error().subject;
  };
  const std::string one = R"({"role": "user", "content": "u"})";
  EXPECT_EQ(subject("[]"), "messages");
  EXPECT_EQ(subject("null"), "messages");
  EXPECT_EQ(subject("\"u\""), "messages");
  EXPECT_EQ(subject("[" + one + "," + one + "," + one + "," + one + "," + one + "]"), "messages");
  EXPECT_EQ(subject("[" + one + ", 5]"), "messages[1]");
  EXPECT_EQ(subject(R"([{"role": "tool", "content": "u"}])"), "messages[0].role");
  EXPECT_EQ(subject(R"([{"role": 1, "content": "u"}])"), "messages[0].role");
  EXPECT_EQ(subject(R"([{"content": "u"}])"), "messages[0].role");
  EXPECT_EQ(subject(R"([{"role": "user"}])"), "messages[0].content");
  EXPECT_EQ(subject(R"([{"role": "user", "content": null}])"), "messages[0].content");
  EXPECT_EQ(subject(R"([{"role": "user", "content": [5]}])"), "messages[0].content");
  EXPECT_EQ(subject(R"([{"role": "user", "content": [{"type": "image_url"}]}])"),
            "messages[0].content");
  EXPECT_EQ(subject(R"([{"role": "user", "content": "u", "image": 1}])"), "messages[0]");
}

}  // namespace
}  // namespace yixin
