#include "api/golden_json.h"

#include <gtest/gtest.h>

#include <string>

namespace yixin {
namespace {

TEST(GoldenJson, IsRead) {
  const auto golden = ParseGoldenText(
      R"({"cases": [], "text": {"ids": [1, 2, 3], "mean_nll": 2.5, "top64": [
          {"pos": 1, "ids": [5, 6], "logprob": [-0.5, -1]},
          {"pos": 0, "ids": [7], "logprob": [0]}]}})",
      10);
  ASSERT_TRUE(golden) << golden.error().message;
  EXPECT_EQ(golden->ids, (std::vector<int32_t>{1, 2, 3}));
  EXPECT_EQ(golden->mean_nll, 2.5);
  ASSERT_EQ(golden->rows.size(), 2u);
  EXPECT_EQ(golden->rows[0].position, 0u) << "by position";
  EXPECT_EQ(golden->rows[1].log_probs, (std::vector<double>{-0.5, -1}));
}

TEST(GoldenJson, MistakesHaveAPlace) {
  const auto place = [](const std::string& json) {
    const auto golden = ParseGoldenText(json, 10);
    EXPECT_FALSE(golden) << json;
    EXPECT_EQ(golden.error().code, ErrorCode::kInvalidFile);
    return golden.error().subject;
  };
  EXPECT_EQ(place(""), "file");
  EXPECT_EQ(place("[1, 2"), "file");
  EXPECT_EQ(place(std::string(100000, '[')), "file");
  EXPECT_EQ(place("[]"), "text");
  EXPECT_EQ(place("{}"), "text");
  EXPECT_EQ(place(R"({"text": {}})"), "text.ids");
  EXPECT_EQ(place(R"({"text": {"ids": [10]}})"), "text.ids") << "outside the vocabulary";
  EXPECT_EQ(place(R"({"text": {"ids": [-1]}})"), "text.ids");
  EXPECT_EQ(place(R"({"text": {"ids": [1], "mean_nll": "x"}})"), "text.mean_nll");
  EXPECT_EQ(place(R"({"text": {"ids": [1], "mean_nll": 1}})"), "text.top64");
  const auto row = [&](const std::string& object) {
    return place(R"({"text": {"ids": [1], "mean_nll": 1, "top64": [)" + object + "]}}");
  };
  EXPECT_EQ(row("3"), "text.top64[0]");
  EXPECT_EQ(row(R"({"pos": -1})"), "text.top64[0].pos");
  EXPECT_EQ(row(R"({"pos": 0, "ids": [99]})"), "text.top64[0].ids");
  EXPECT_EQ(row(R"({"pos": 0, "ids": [1], "logprob": []})"), "text.top64[0].logprob");
  EXPECT_EQ(row(R"({"pos": 0, "ids": [1], "logprob": [0.5]})"), "text.top64[0].logprob");
}

}  // namespace
}  // namespace yixin
