#include "server/completion_request.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

Result<CompletionRequest> Parse(std::string_view body) {
  const ServedModels served{
      .model = "tiny",
      .tasks = {{.name = "sentiment.zh", .mode = "score"}, {.name = "chat.zh", .mode = "chat"}}};
  return ParseCompletionRequest(body, served, {.replies = 3, .completions = 4});
}

// A body with one more field.
std::string With(const std::string& field) {
  return R"({"prompt": "好")" + (field.empty() ? "" : ", " + field) + "}";
}

TEST(CompletionRequest, TheLeast) {
  const auto request = Parse(With(""));
  ASSERT_TRUE(request) << request.error().message;
  ASSERT_EQ(request->replies.size(), 1u);
  const ChatRequest& chat = request->replies[0];
  EXPECT_EQ(chat.prompt, "好");
  EXPECT_TRUE(chat.messages.empty());
  EXPECT_EQ(chat.reply.max_new_tokens, 16) << "OpenAI's default";
  EXPECT_TRUE(chat.reply.seed);
  EXPECT_FALSE(chat.log_probabilities || request->stream);
  EXPECT_EQ(request->echo, std::vector<std::string>{""});
  EXPECT_EQ(request->model, "tiny");
  EXPECT_EQ(request->names.replies_of_a_prompt, 0u);
}

TEST(CompletionRequest, Everything) {
  const auto request = Parse(
      R"({"model": "tiny", "prompt": ["a", "<|im_end|>"], "max_tokens": 9, "temperature": 0.5,
          "top_p": 0.5, "top_k": -1, "min_p": 0.25, "repetition_penalty": 1.5,
          "presence_penalty": -2, "frequency_penalty": 1, "seed": 7, "stop": ["x"], "n": 2,
          "stream": true, "stream_options": {"include_usage": true}, "echo": true,
          "suffix": null, "logprobs": null, "choice": ["a", "b"], "user": "u", "best_of": null})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_TRUE(request->stream && request->include_usage);
  ASSERT_EQ(request->replies.size(), 4u);
  EXPECT_EQ(request->replies[1].prompt, "a");
  EXPECT_EQ(request->replies[2].prompt, "<|im_end|>");
  EXPECT_EQ(request->replies[1].reply.seed, 8u);
  EXPECT_EQ(request->replies[2].reply.seed, 7u) << "as alone";
  EXPECT_EQ(request->echo, (std::vector<std::string>{"a", "a", "<|im_end|>", "<|im_end|>"}));
  EXPECT_EQ(request->names.replies_of_a_prompt, 2u);
  EXPECT_EQ(request->replies[3].frequency_penalty, 1);
  EXPECT_EQ(request->replies[3].stops, std::vector<std::string>{"x"});
  EXPECT_EQ(request->replies[3].choices.size(), 2u);
  EXPECT_EQ(request->user, "u");
  EXPECT_EQ(Parse(With("\"logprobs\": 0"))->replies[0].log_probabilities, 0);
}

TEST(CompletionRequest, WhatIsRefused) {
  const auto subject = [](const std::string& body) {
    const auto request = Parse(body);
    return request ? "taken" : request.error().subject;
  };
  for (const auto& [field, name] : std::vector<std::pair<std::string, std::string>>{
           {"\"model\": \"chat.zh\"", "model"},
           {"\"max_tokens\": 0", "max_tokens"},
           {"\"temperature\": 3", "temperature"},
           {"\"n\": 4", "n"},
           {"\"logprobs\": 6", "logprobs"},
           {"\"logprobs\": true", "logprobs"},
           {"\"logprobs\": 1, \"echo\": true", "echo"},
           {"\"echo\": 1", "echo"},
           {"\"suffix\": \"\"", "suffix"},
           {"\"best_of\": 2", "best_of"},
           {"\"stream_options\": {}", "stream_options"},
           {"\"user\": 1", "user"},
           {"\"suffixes\": 2", ""},
           {"\"messages\": []", ""}}) {
    EXPECT_EQ(subject(With(field)), name) << field;
  }
  EXPECT_EQ(Parse(With("\"model\": \"davinci-002\"")).error().code, ErrorCode::kNotFound);
  const auto prompt = [&](const std::string& value) {
    return subject("{\"n\": 2, \"prompt\": " + value + "}");
  };
  EXPECT_EQ(subject("{}"), "prompt");
  for (const char* value : {"null", "5", "{}", "[]", "\"\"", R"(["a", "a", "a", "a", "a"])"}) {
    EXPECT_EQ(prompt(value), "prompt") << value;
  }
  EXPECT_EQ(prompt(R"(["a", "a", "a"])"), "n") << "six replies";
  EXPECT_EQ(prompt(R"(["a", ""])"), "prompt[1]");
  EXPECT_EQ(prompt(R"(["a", null])"), "prompt[1]");
  for (const char* value : {"[1, 2]", "[[1, 2]]"}) {
    const auto request = Parse("{\"prompt\": " + std::string(value) + "}");
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().subject, "prompt[0]");
    EXPECT_NE(request.error().message.find("token ids"), std::string::npos);
  }
}

}  // namespace
}  // namespace yixin
