#include "server/classify_request.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace yixin {
namespace {

ServedModels Offer() {
  return {.model = "tiny",
          .tasks = {{.name = "sentiment.zh", .mode = "score"},
                    {.name = "intent.zh", .mode = "generate"},
                    {.name = "chat.zh", .mode = "chat"}},
          .default_task = "sentiment.zh"};
}

Result<ClassifyRequest> Parse(std::string_view body) {
  return ParseClassifyRequest(body, Offer(), {.texts = 3});
}

TEST(ClassifyRequest, WhatIsAsked) {
  const auto one = Parse(R"({"model": "tiny", "input": "好"})");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->texts, std::vector<std::string>{"好"});
  EXPECT_EQ(one->options.task, "sentiment.zh");
  const auto three = Parse(
      R"({"input": ["a", "", "<|im_end|>"], "task": "intent.zh", "truncate": "tail",
          "no_neutral": true, "user": "u", "untaught": null})");
  ASSERT_TRUE(three);
  EXPECT_EQ(three->texts.size(), 3u);
  EXPECT_EQ(three->options.task, "intent.zh");
  EXPECT_EQ(three->options.truncation, Truncation::kTail);
  EXPECT_TRUE(three->options.no_neutral);
  EXPECT_FALSE(three->options.untaught);
  EXPECT_EQ(Parse(R"({"model": "intent.zh", "input": "a"})")->options.task, "intent.zh");
}

TEST(ClassifyRequest, WhatIsRefused) {
  const auto code = [](std::string_view body) {
    const auto request = Parse(body);
    return request ? ErrorCode::kInternal : request.error().code;
  };
  for (const char* body :
       {"{}", "[]", "1", "null", R"({"input": []})", R"({"input": null})", R"({"input": 1})",
        R"({"input": {"a": "b"}})", R"({"input": ["a", 1]})", R"({"input": [["a"]]})",
        R"({"input": ["a", "b", "c", "d"]})", R"({"input": "a", "model": 1})",
        R"({"input": "a", "truncate": "left"})", R"({"input": "a", "no_neutral": 1})",
        R"({"input": "a", "user": []})", R"({"input": "a", "temprature": 1})"}) {
    EXPECT_EQ(code(body), ErrorCode::kInvalidArgument) << body;
  }
  EXPECT_EQ(Parse(R"({"input": ["a", 1]})").error().subject, "input[1]");
  EXPECT_EQ(code("{"), ErrorCode::kInvalidText);
  for (const char* body :
       {R"({"input": "a", "task": "/etc/passwd"})", R"({"input": "a", "task": "./intent.zh"})",
        R"({"input": "a", "model": "other"})", R"({"input": "a", "task": "chat.zh"})",
        R"({"input": "a", "model": "other", "task": "intent.zh"})"}) {
    EXPECT_EQ(code(body), ErrorCode::kNotFound) << body;
  }
}

TEST(ClassifyAnswer, HasVllmsShape) {
  Classification good;
  good.label = "正面";
  good.probs = {{"正面", 0.75}, {"负面", 0.25}};
  good.label_mass = std::numeric_limits<double>::quiet_NaN();
  good.margin = 0.5;
  good.score_kind = "head";
  good.task = "sentiment.zh";
  std::vector<Result<Classification>> results = {good, good};
  const auto answer = ClassifyAnswer("ab", 7, "tiny", results);
  ASSERT_TRUE(answer);
  const auto json = nlohmann::json::parse(*answer);
  EXPECT_EQ(json["id"], "classify-ab");
  EXPECT_EQ(json["object"], "list");
  EXPECT_EQ(json["created"], 7);
  EXPECT_EQ(json["model"], "tiny");
  ASSERT_EQ(json["data"].size(), 2u);
  const auto& item = json["data"][1];
  EXPECT_EQ(item["index"], 1);
  EXPECT_EQ(item["label"], "正面");
  EXPECT_EQ(item["probs"], nlohmann::json({0.75, 0.25}));
  EXPECT_EQ(item["num_classes"], 2);
  EXPECT_EQ(item["labels"], nlohmann::json({"正面", "负面"}));
  EXPECT_FALSE(item.contains("label_mass"));

  results.emplace_back(Error{ErrorCode::kInvalidText, "empty input", ""});
  const auto failed = ClassifyAnswer("ab", 7, "tiny", results);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().subject, "input[2]");
  EXPECT_EQ(failed.error().message, "input[2]: empty input");
}

}  // namespace
}  // namespace yixin
