#include "server/assist_request.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

Result<AssistRequest> Parse(std::string_view body) {
  const ServedModels served{
      .model = "tiny",
      .tasks = {{.name = "sentiment.zh", .mode = "score"}, {.name = "chat.zh", .mode = "chat"}}};
  return ParseAssistRequest(body, served, {});
}

TEST(AssistRequest, WhatIsAsked) {
  const auto least = Parse(R"({"text": "好"})");
  ASSERT_TRUE(least) << least.error().message;
  EXPECT_EQ(least->text, "好");
  EXPECT_EQ(least->conversation, "");
  EXPECT_EQ(least->task, "");
  EXPECT_FALSE(least->turn || least->stream);
  EXPECT_TRUE(least->reply.seed);
  const auto most = Parse(
      R"({"text": "a", "conversation": "客 1", "turn": 0, "task": "chat.zh", "user": "u",
          "label_task": "sentiment.zh", "stream": true, "temperature": 0, "max_tokens": 5, "seed": 3})");
  ASSERT_TRUE(most) << most.error().message;
  EXPECT_EQ(most->conversation, "客 1");
  EXPECT_EQ(most->turn, 0);
  EXPECT_EQ(most->task, "chat.zh");
  EXPECT_EQ(most->label_task, "sentiment.zh");
  EXPECT_TRUE(most->stream);
  EXPECT_EQ(most->reply.max_new_tokens, 5);
  EXPECT_EQ(most->reply.seed, 3u);
}

TEST(AssistRequest, WhatIsRefused) {
  for (const auto& [body, field] : std::vector<std::pair<const char*, const char*>>{
           {"{}", "text"},
           {R"({"text": 1})", "text"},
           {R"({"text": null})", "text"},
           {R"({"text": "a", "conversation": ""})", "conversation"},
           {R"({"text": "a", "conversation": "a\nb"})", "conversation"},
           {R"({"text": "a", "conversation": ".."})", "conversation"},
           {R"({"text": "a", "conversation": 5})", "conversation"},
           {R"({"text": "a", "turn": 1})", "turn"},
           {R"({"text": "a", "conversation": "c", "turn": -1})", "turn"},
           {R"({"text": "a", "conversation": "c", "turn": 1.5})", "turn"},
           {R"({"text": "a", "stream": 1})", "stream"},
           {R"({"text": "a", "messages": []})", ""},
           {"[]", ""}}) {
    const auto request = Parse(body);
    ASSERT_FALSE(request) << body;
    EXPECT_EQ(request.error().subject, field) << body;
    EXPECT_EQ(request.error().code, ErrorCode::kInvalidArgument) << body;
  }
  EXPECT_EQ(Parse(R"({"text": "a", "task": "sentiment.zh"})").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Parse(R"({"text": "a", "label_task": "chat.zh"})").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Parse("{").error().code, ErrorCode::kInvalidText);
}

}  // namespace
}  // namespace yixin
