#include "server/predict_request.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace yixin {
namespace {

using nlohmann::json;

Result<PredictRequest> Parse(std::string_view body) {
  return ParsePredictRequest(body, {.default_task = "intent.zh"}, {.texts = 3});
}

Classification Label(std::vector<std::pair<std::string, double>> probs) {
  Classification label;
  label.label = "b";
  label.probs = std::move(probs);
  return label;
}

TEST(PredictRequest, WhatIsAsked) {
  for (const char* body : {R"({"inputs": "好"})", R"({"inputs": ["好"], "truncate": null})"}) {
    const auto one = Parse(body);
    ASSERT_TRUE(one) << one.error().message;
    EXPECT_EQ(one->texts, std::vector<std::string>{"好"});
    EXPECT_FALSE(one->is_batch || one->raw_scores);
    EXPECT_EQ(one->options.task, "intent.zh");
    EXPECT_EQ(one->options.truncation, Truncation::kError);
  }
  const auto batch = Parse(R"({"inputs": [["a"], ["<|im_end|>"], [""]], "raw_scores": true})");
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->texts, (std::vector<std::string>{"a", "<|im_end|>", ""}));
  EXPECT_TRUE(batch->is_batch && batch->raw_scores);
  EXPECT_TRUE(Parse(R"({"inputs": [["a"]]})")->is_batch) << "a batch of one is a batch";
}

TEST(PredictRequest, TheSideThatIsCut) {
  const auto kept = [](const std::string& fields) {
    return Parse(R"({"inputs": "a", )" + fields + "}")->options.truncation;
  };
  EXPECT_EQ(kept(R"("truncate": true)"), Truncation::kHead) << "cut at the right";
  EXPECT_EQ(kept(R"("truncate": true, "truncation_direction": "Right")"), Truncation::kHead);
  EXPECT_EQ(kept(R"("truncate": true, "truncation_direction": "left")"), Truncation::kTail);
  EXPECT_EQ(kept(R"("truncation_direction": "left")"), Truncation::kError);
}

TEST(PredictRequest, WhatIsRefused) {
  const auto subject = [](std::string_view body) {
    const auto request = Parse(body);
    return request ? "taken" : request.error().subject;
  };
  EXPECT_EQ(subject("{}"), "inputs");
  EXPECT_EQ(subject("[]"), "");
  for (const char* inputs :
       {"null", "5", "[]", "{}", "[5]", R"(["a", 5])", R"(["a", ["b"]])", R"(["a", "b"])",
        R"(["a", "b", "c"])", R"([["a"], ["a"], ["a"], ["a"]])"}) {
    EXPECT_EQ(subject(R"({"inputs": )" + std::string(inputs) + "}"), "inputs") << inputs;
  }
  for (const char* inputs : {R"([["a"], "b"])", R"([["a"], []])", R"([["a"], ["b", "c"]])",
                             R"([["a"], [1]])", R"([["a"], ["b", "c", "d"]])"}) {
    EXPECT_EQ(subject(R"({"inputs": )" + std::string(inputs) + "}"), "inputs[1]") << inputs;
  }
  EXPECT_NE(Parse(R"({"inputs": ["a", "b"]})").error().message.find("pair"), std::string::npos);
  EXPECT_EQ(subject(R"({"inputs": "a", "truncate": "head"})"), "truncate");
  EXPECT_EQ(subject(R"({"inputs": "a", "truncation_direction": "up"})"), "truncation_direction");
  EXPECT_EQ(subject(R"({"inputs": "a", "raw_scores": 1})"), "raw_scores");
  EXPECT_EQ(subject(R"({"inputs": "a", "input": "a"})"), "");
  EXPECT_EQ(Parse(R"({"inputs": "\udc00"})").error().code, ErrorCode::kInvalidText);
}

TEST(PredictAnswer, Scores) {
  const std::vector<Result<Classification>> results{Label({{"a", 0.25}, {"b", 0.75}, {"c", 0}}),
                                                    Label({})};
  const auto batch = PredictAnswer({.is_batch = true}, results);
  ASSERT_TRUE(batch);
  EXPECT_EQ(json::parse(*batch), json::parse(R"([[{"score": 0.75, "label": "b"},
      {"score": 0.25, "label": "a"}, {"score": 0.0, "label": "c"}],
      [{"score": 1.0, "label": "b"}]])"));
  const auto raw = PredictAnswer({.raw_scores = true}, std::span(results).first(1));
  ASSERT_TRUE(raw);
  const json list = json::parse(*raw);
  EXPECT_NEAR(list[0]["score"].get<double>(), std::log(0.75), 1e-12);
  EXPECT_EQ(list[2]["score"], -9999);
}

TEST(PredictAnswer, TheFirstErrorIsTheAnswers) {
  const std::vector<Result<Classification>> results{
      Label({}), Error{ErrorCode::kInvalidText, "empty input", ""}};
  const auto batch = PredictAnswer({.is_batch = true}, results);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().subject, "inputs[1]");
  EXPECT_EQ(batch.error().message, "inputs[1]: empty input");
  EXPECT_EQ(PredictAnswer({}, std::span(results).last(1)).error().subject, "inputs");
}

}  // namespace
}  // namespace yixin
