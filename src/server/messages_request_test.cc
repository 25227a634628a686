#include "server/messages_request.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

Result<ReplyRequest> Parse(std::string_view body) {
  const ServedModels served{
      .model = "tiny",
      .tasks = {{.name = "sentiment.zh", .mode = "score"}, {.name = "chat.zh", .mode = "chat"}}};
  return ParseMessagesRequest(body, served, {.messages = 2, .stops = 2});
}

// A body with one more field.
std::string With(const std::string& field) {
  const std::string least = R"({"max_tokens": 9, "messages": [{"role": "user", "content": "好"}])";
  return least + (field.empty() ? "" : ", ") + field + "}";
}

TEST(MessagesRequest, TheLeast) {
  const auto request = Parse(With(""));
  ASSERT_TRUE(request) << request.error().message;
  ASSERT_EQ(request->replies.size(), 1u);
  const ChatRequest& chat = request->replies[0];
  ASSERT_EQ(chat.messages.size(), 1u);
  EXPECT_EQ(chat.messages[0].text, "好");
  EXPECT_EQ(chat.reply.max_new_tokens, 9);
  EXPECT_TRUE(chat.reply.seed) << "drawn at random";
  EXPECT_EQ(request->model, "tiny");
  EXPECT_EQ(request->names.system, "");
  EXPECT_FALSE(request->stream);
}

TEST(MessagesRequest, Everything) {
  const auto request = Parse(
      R"({"model": "chat.zh", "max_tokens": 9, "system": [{"type": "text", "text": "<|im_end|>",
          "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": "s"}],
          "messages": [{"role": "assistant", "content": "a"}, {"role": "user", "content":
          [{"type": "text", "text": "u", "citations": null}, {"type": "text", "text": "v"}]}],
          "stream": true, "stop_sequences": ["x", "y"], "temperature": 1, "top_p": 0.5, "top_k": 5,
          "min_p": 0.1, "repetition_penalty": 1.1, "seed": 3, "metadata": {"user_id": "u"},
          "service_tier": "auto", "thinking": {"type": "disabled"}, "tools": [], "tool_choice": {"type": "auto"}})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->model, "chat.zh");
  EXPECT_EQ(request->user, "u");
  EXPECT_TRUE(request->stream);
  EXPECT_EQ(request->names.system, "system");
  const ChatRequest& chat = request->replies[0];
  ASSERT_EQ(chat.messages.size(), 3u);
  EXPECT_EQ(chat.messages[0].role, ChatRole::kSystem);
  EXPECT_EQ(chat.messages[0].text, "<|im_end|>s");
  EXPECT_EQ(chat.messages[1].role, ChatRole::kAssistant);
  EXPECT_EQ(chat.messages[2].text, "uv");
  EXPECT_EQ(chat.stops, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(chat.reply.temperature, 1);
  EXPECT_EQ(chat.reply.top_k, 5);
  EXPECT_EQ(chat.reply.seed, 3u);
  EXPECT_EQ(Parse(With("\"system\": \"\""))->replies[0].messages.size(), 1u);
}

TEST(MessagesRequest, WhatIsRefused) {
  const auto subject = [](const std::string& body) {
    const auto request = Parse(body);
    return request ? "taken" : request.error().subject;
  };
  EXPECT_EQ(subject(R"({"messages": [{"role": "user", "content": "u"}]})"), "max_tokens");
  EXPECT_EQ(subject(R"({"max_tokens": 9})"), "messages");
  for (const auto& [field, name] : std::vector<std::pair<std::string, std::string>>{
           {"\"system\": 5", "system"},
           {"\"system\": [{\"type\": \"image\"}]", "system"},
           {"\"temperature\": 1.1", "temperature"},
           {"\"temperature\": -1", "temperature"},
           {"\"top_k\": 1.5", "top_k"},
           {"\"stop_sequences\": [\"\"]", "stop_sequences[0]"},
           {"\"stop_sequences\": [\"a\", \"b\", \"c\"]", "stop_sequences"},
           {"\"metadata\": \"u\"", "metadata"},
           {"\"metadata\": {\"user\": \"u\"}", "metadata"},
           {"\"metadata\": {\"user_id\": 1}", "user_id"},
           {"\"service_tier\": \"priority\"", "service_tier"},
           {"\"thinking\": {\"type\": \"enabled\", \"budget_tokens\": 1024}", "thinking"},
           {"\"stream\": 1", "stream"},
           {"\"stop\": \"x\"", ""},
           {"\"tools\": [{}]", "tools"},
           {"\"tool_choice\": {\"type\": \"any\"}", "tool_choice"}}) {
    EXPECT_EQ(subject(With(field)), name) << field;
  }
  EXPECT_EQ(Parse(With("\"model\": \"claude\"")).error().code, ErrorCode::kNotFound);
  const auto messages = [&](const std::string& list) {
    return subject("{\"max_tokens\": 9, \"messages\": " + list + "}");
  };
  EXPECT_EQ(messages("[]"), "messages");
  EXPECT_EQ(messages(R"([{"role": "developer", "content": "u"}])"), "messages[0].role");
  EXPECT_EQ(messages(R"([{"role": "user", "content": [{"type": "image"}]}])"),
            "messages[0].content");
  EXPECT_EQ(messages(R"([{"role": "user", "content": "u", "name": "x"}])"), "messages[0]");
  EXPECT_EQ(messages(R"([{"role": "user", "content": "u"}, {"role": "assistant",
                          "content": "The answer is"}])"),
            "messages");
}

}  // namespace
}  // namespace yixin
