// Which formats there are, and that a schema keeps the order of its members.
#include "server/reply_format.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace yixin {
namespace {

Result<std::string> Read(const std::string& text) {
  return ReadResponseFormat(nlohmann::json::parse(text), text);
}

TEST(ReplyFormat, TheThreeOfThem) {
  for (const char* const text : {"{}", R"({"response_format": null})",
                                 R"({"response_format": {"type": "text", "json_schema": null}})"}) {
    EXPECT_EQ(*Read(text), "") << text;
  }
  EXPECT_EQ(*Read(R"({"response_format": {"type": "json_object"}})"), R"({"type": "object"})");
  EXPECT_EQ(*Read(R"({"response_format": {"type": "json_schema", "json_schema": {"name": "x",
                "strict": true, "schema": {"properties": {"b": {}, "a": {"const": "正"}}}}}})"),
            R"({"properties":{"b":{},"a":{"const":"正"}}})");
}

TEST(ReplyFormat, WhatIsRefused) {
  for (const char* const format :
       {"1", "[]", "{}", R"({"type": "grammar"})", R"({"type": 5})", R"({"type": "json_schema"})",
        R"({"type": "json_schema", "json_schema": {"name": "x"}})",
        R"({"type": "json_schema", "json_schema": {"schema": 5}})",
        R"({"type": "json_schema", "json_schema": {"schema": {}, "scheme": {}}})",
        R"({"type": "text", "json_schema": {"schema": {}}})",
        R"({"type": "json_schema", "schema": {}})"}) {
    const auto read = Read(std::string(R"({"response_format": )") + format + "}");
    ASSERT_FALSE(read) << format;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(read.error().subject.starts_with("response_format")) << read.error().subject;
  }
}

TEST(ReplyFormat, OfResponses) {
  const auto read = [](const std::string& format) {
    const std::string text = R"({"text": {"format": )" + format + "}}";
    return ReadTextFormat(nlohmann::json::parse(text), text);
  };
  EXPECT_EQ(*read("null"), "");
  EXPECT_EQ(*read(R"({"type": "text", "schema": null})"), "");
  EXPECT_EQ(*read(R"({"type": "json_object"})"), R"({"type": "object"})");
  EXPECT_EQ(*read(R"({"type": "json_schema", "name": "x", "schema": {"b": 1, "a": 2}})"),
            R"({"b":1,"a":2})");
  for (const char* const format :
       {"1", "{}", R"({"type": "x"})", R"({"type": "json_schema"})",
        R"({"type": "json_schema", "json_schema": {"schema": {}}})",
        R"({"type": "json_schema", "schema": []})", R"({"type": "text", "schema": {}})"}) {
    const auto refused = read(format);
    ASSERT_FALSE(refused) << format;
    EXPECT_EQ(refused.error().subject, "text.format") << format;
  }
}

}  // namespace
}  // namespace yixin
