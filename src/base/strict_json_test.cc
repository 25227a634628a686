#include "base/strict_json.h"

#include <gtest/gtest.h>

#include <string>

namespace yixin {
namespace {

std::string MessageOf(std::string_view text, const JsonLimits& limits = {}) {
  const auto json = ParseStrictJson(text, limits);
  EXPECT_FALSE(json) << text;
  if (json) return "";
  EXPECT_EQ(json.error().code, ErrorCode::kInvalidFile);
  return json.error().message;
}

TEST(StrictJson, ReadsJson) {
  const auto json =
      ParseStrictJson(R"( {"a": [1, -2, 3.5, null, true], "b": {"a": "\u00e9"}} )", {});
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ((*json)["b"]["a"], "é");
  EXPECT_TRUE((*json)["a"][0].is_number_unsigned());
}

TEST(StrictJson, AKeyTwiceInOneObjectIsNamed) {
  EXPECT_NE(MessageOf(R"({"x": {"a": 1, "b": 2, "a": 3}})").find("'a' is there twice"),
            std::string::npos);
  EXPECT_NE(MessageOf(R"({"a": 1, "\u0061": 1})").find("'a'"), std::string::npos);
  EXPECT_TRUE(ParseStrictJson(R"([{"a": {"a": 1}}, {"a": 1}])", {}));
}

TEST(StrictJson, WhatIsNoJsonHasAPlace) {
  for (const char* text : {"", "{", "nul", "{\"a\": }", "[1,]", "{} {}", "\"\xff\"", "\"\\ud800\"",
                           "{\"a\" 1}", "1e999"}) {
    EXPECT_FALSE(MessageOf(text).empty()) << text;
  }
  EXPECT_NE(MessageOf("[1, x]").find("byte 5"), std::string::npos) << MessageOf("[1, x]");
}

TEST(StrictJson, Limits) {
  EXPECT_NE(MessageOf("[1, 2]", {.max_bytes = 5}).find("at most 5"), std::string::npos);
  EXPECT_TRUE(ParseStrictJson("[1, 2]", {.max_bytes = 6}));
  EXPECT_TRUE(ParseStrictJson("[[[]]]", {.max_depth = 3}));
  EXPECT_FALSE(ParseStrictJson("[[[[]]]]", {.max_depth = 3}));
  EXPECT_FALSE(ParseStrictJson(std::string(1 << 19, '['), {}));
}

}  // namespace
}  // namespace yixin
