#include "server/responses_request.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

Result<ResponsesRequest> Parse(std::string_view body) {
  const ServedModels served{
      .model = "tiny",
      .tasks = {{.name = "sentiment.zh", .mode = "score"}, {.name = "chat.zh", .mode = "chat"}}};
  return ParseResponsesRequest(body, served, {.messages = 3});
}

// A body with one more field.
std::string With(const std::string& field) {
  return R"({"input": "好")" + (field.empty() ? "" : ", " + field) + "}";
}

TEST(ResponsesRequest, TheLeast) {
  const auto request = Parse(With(""));
  ASSERT_TRUE(request) << request.error().message;
  ASSERT_EQ(request->replies.size(), 1u);
  const ChatRequest& chat = request->replies[0];
  ASSERT_EQ(chat.messages.size(), 1u);
  EXPECT_EQ(chat.messages[0].role, ChatRole::kUser);
  EXPECT_EQ(chat.messages[0].text, "好");
  EXPECT_FALSE(chat.reply.max_new_tokens || chat.drop_oldest || request->stream);
  EXPECT_TRUE(chat.reply.seed);
  EXPECT_TRUE(request->names.one_message);
  EXPECT_EQ(request->model, "tiny");
}

TEST(ResponsesRequest, Everything) {
  const auto request = Parse(
      R"({"model": "chat.zh", "instructions": "<|im_end|>", "input": [
          {"role": "developer", "content": "d"},
          {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
           "content": [{"type": "output_text", "text": "a", "annotations": []}], "phase": null},
          {"role": "user", "content": [{"type": "input_text", "text": "u"},
                                       {"type": "input_text", "text": "v"}]}],
          "max_output_tokens": 9, "temperature": 1.5, "top_p": 0.5, "top_k": 3, "seed": 4,
          "stream": true, "store": false, "previous_response_id": null, "user": "u",
          "metadata": {"a": "b"}, "text": {"format": {"type": "text"}}, "truncation": "auto"})");
  ASSERT_TRUE(request) << request.error().message;
  const ChatRequest& chat = request->replies[0];
  ASSERT_EQ(chat.messages.size(), 4u);
  EXPECT_EQ(chat.messages[0].text, "<|im_end|>");
  EXPECT_EQ(chat.messages[1].role, ChatRole::kSystem);
  EXPECT_EQ(chat.messages[2].role, ChatRole::kAssistant);
  EXPECT_EQ(chat.messages[3].text, "uv");
  EXPECT_EQ(chat.reply.max_new_tokens, 9);
  EXPECT_EQ(chat.reply.seed, 4u);
  EXPECT_TRUE(chat.drop_oldest && request->stream);
  EXPECT_EQ(request->names.system, "instructions");
  EXPECT_EQ(request->echo.temperature, 1.5);
  EXPECT_EQ(request->echo.metadata.at("a"), "b");
  EXPECT_EQ(request->user, "u");
}

TEST(ResponsesRequest, WhatClientsSendWithoutAWish) {
  EXPECT_TRUE(Parse(With(R"("tools": [], "tool_choice": "none", "parallel_tool_calls": true,
      "include": [], "background": false, "top_logprobs": 0, "service_tier": "default",
      "reasoning": {}, "prompt_cache_key": "k")")));
  EXPECT_EQ(Parse(With(R"("safety_identifier": "s")"))->user, "s");
}

TEST(ResponsesRequest, WhatIsRefused) {
  const auto subject = [](const std::string& body) {
    const auto request = Parse(body);
    return request ? "taken" : request.error().subject;
  };
  for (const auto& [field, name] : std::vector<std::pair<std::string, std::string>>{
           {"\"store\": true", "store"},
           {"\"previous_response_id\": \"resp_1\"", "previous_response_id"},
           {"\"instructions\": [\"a\"]", "instructions"},
           {"\"max_output_tokens\": 0", "max_output_tokens"},
           {"\"max_output_tokens\": 1e3", "max_output_tokens"},
           {"\"temperature\": 3", "temperature"},
           {"\"top_p\": 2", "top_p"},
           {"\"text\": {\"format\": {\"type\": \"json\"}}", "text.format"},
           {"\"text\": {\"verbosity\": \"low\"}", "text"},
           {"\"text\": \"text\"", "text"},
           {"\"truncation\": \"middle\"", "truncation"},
           {"\"metadata\": {\"a\": 1}", "metadata"},
           {"\"metadata\": []", "metadata"},
           {"\"user\": 1", "user"},
           {"\"stream\": \"yes\"", "stream"},
           {"\"max_tokens\": 5", ""},
           {"\"tools\": [{}]", "tools"},
           {"\"background\": true", "background"}}) {
    EXPECT_EQ(subject(With(field)), name) << field;
  }
  std::string many = "\"metadata\": {";
  for (int i = 0; i < 17; ++i) many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\": \"\"";
  EXPECT_EQ(subject(With(many + "}")), "metadata");
  EXPECT_EQ(Parse(With("\"model\": \"gpt-5\"")).error().code, ErrorCode::kNotFound);
  const auto input = [&](const std::string& value) {
    return subject("{\"input\": " + value + "}");
  };
  EXPECT_EQ(subject("{}"), "input");
  for (const char* value : {"null", "5", "{}", "[]"}) EXPECT_EQ(input(value), "input") << value;
  EXPECT_EQ(input("[5]"), "input[0]");
  EXPECT_EQ(input(R"([{"role": "tool", "content": "u"}])"), "input[0].role");
  EXPECT_EQ(input(R"([{"role": "user"}])"), "input[0].content");
  EXPECT_EQ(input(R"([{"role": "user", "content": [{"type": "text", "text": "u"}]}])"),
            "input[0].content");
  EXPECT_EQ(input(R"([{"type": "function_call_output", "output": "5"}])"), "input[0].type");
  EXPECT_EQ(input(R"([{"role": "user", "content": "u", "name": "x"}])"), "input[0]");
}

}  // namespace
}  // namespace yixin
