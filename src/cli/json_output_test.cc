#include "cli/json_output.h"

#include <gtest/gtest.h>

#include <limits>

namespace yixin {
namespace {

TEST(JsonOutput, ClassificationKeepsTheTasksOrder) {
  Classification mood;
  mood.label = "负面";
  mood.probs = {{"负面", 0.75}, {"中性", 0.0}, {"正面", 0.25}};
  mood.label_mass = 0.5;
  mood.margin = 0.5;
  mood.score_kind = "logprob";
  mood.task = "sentiment.zh";
  mood.model = "m";
  mood.kernels = "reference";
  mood.elapsed_ms = 1.23456;
  EXPECT_EQ(
      DumpLine(ToJson(mood)),
      R"({"label":"负面","probs":{"负面":0.75,"中性":0.0,"正面":0.25},"margin":0.5,)"
      R"("score_kind":"logprob","task":"sentiment.zh","model":"m","ms":1.235,"label_mass":0.5,)"
      R"("kernels":"reference"})");
}

TEST(JsonOutput, WhatWasNotMeasuredIsNull) {
  Classification mood;
  mood.label_mass = std::numeric_limits<double>::quiet_NaN();
  const Json json = ToJson(mood);
  EXPECT_TRUE(json["probs"].is_null());
  EXPECT_TRUE(json["label_mass"].is_null());
}

TEST(JsonOutput, Errors) {
  EXPECT_EQ(
      DumpLine(ToJson(Error{ErrorCode::kInvalidText, "empty input", "text"}, 3)),
      R"({"error":{"code":"invalid_text","message":"empty input","subject":"text"},"line":3})");
  EXPECT_FALSE(ToJson(Error{}).contains("line"));
}

TEST(JsonOutput, OneLineWhateverTheBytes) {
  Reply reply;
  reply.text = "a\nb\xff\u2028";
  const std::string line = DumpLine(ToJson(reply));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_NE(line.find("a\\nb\uFFFD"), std::string::npos);
}

TEST(JsonOutput, FinishNamesDiffer) {
  std::vector<std::string> names;
  for (const FinishReason reason :
       {FinishReason::kEnd, FinishReason::kLength, FinishReason::kTimeout, FinishReason::kStopped,
        FinishReason::kRepetition}) {
    names.push_back(FinishName(reason));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"end", "length", "timeout", "stopped", "repetition"}));
}

TEST(JsonOutput, ParseJsonLine) {
  EXPECT_EQ((*ParseJsonLine(R"({"text":"a\u4f60"})"))["text"], "a你");
  EXPECT_TRUE(ParseJsonLine(R"({"text":"[[[[ \" ]"})"));
  EXPECT_TRUE(ParseJsonLine(std::string(64, '[') + std::string(64, ']')));
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("{} x"), std::string(R"({"text":"\ud800"})"),
        std::string("{\"text\":\"\xff\"}"), std::string("nan"),
        std::string(65, '[') + std::string(65, ']'), std::string(1'000'000, '['),
        std::string("{\"a\":1e999}")}) {
    const auto json = ParseJsonLine(bad);
    ASSERT_FALSE(json) << bad.substr(0, 40);
    EXPECT_EQ(json.error().code, ErrorCode::kInvalidFile);
    EXPECT_EQ(json.error().message.find('\xff'), std::string::npos);
  }
}

}  // namespace
}  // namespace yixin
