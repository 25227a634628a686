#include "server/json_body.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace yixin {
namespace {

TEST(JsonBody, WhatIsRefused) {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("{"), std::string_view("{}x"),
        std::string_view("{}\0x", 4), std::string_view("\0", 1), std::string_view("[NaN]"),
        std::string_view("[1e999]"), std::string_view("[Infinity]"), std::string_view("[01]"),
        std::string_view("[\"\\ud800\"]"), std::string_view("[\"\\udc00\\ud800\"]"),
        std::string_view("[\"\xff\"]"), std::string_view("[\"\xc4\xe3\xba\xc3\"]"),
        std::string_view("{\"a\":1,\"a\":1}"), std::string_view("[{\"a\":{\"b\":1,\"b\":2}}]"),
        std::string_view("{'a':1}"), std::string_view("// c\n{}"), std::string_view("[1,]"),
        std::string_view("\"\n\"")}) {
    EXPECT_FALSE(ParseJsonBody(text, 8)) << text;
  }
}

TEST(JsonBody, Depth) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(ParseJsonBody(nested(8), 8));
  EXPECT_FALSE(ParseJsonBody(nested(9), 8));
  EXPECT_FALSE(ParseJsonBody(std::string(100000, '['), 8));
  EXPECT_FALSE(ParseJsonBody(nested(100000), 8));
  std::string objects;
  for (int i = 0; i < 9; ++i) objects += "{\"a\":";
  EXPECT_FALSE(ParseJsonBody(objects, 8));
  EXPECT_TRUE(ParseJsonBody("\"[[[[[[[[[[[[\"", 8));
}

TEST(JsonBody, Members) {
  const auto object = [](int members) {
    std::string text = "{\"x\": 0";
    for (int i = 1; i < members; ++i) text += ",\"" + std::to_string(i) + "\": 0";
    return text + "}";
  };
  EXPECT_TRUE(ParseJsonBody(object(1000), 8));
  EXPECT_FALSE(ParseJsonBody(object(1001), 8));
}

TEST(JsonBody, Fields) {
  const auto body = ParseJsonBody(R"({"a": "x", "b": true, "c": null, "d": 1})", 8);
  ASSERT_TRUE(body);
  EXPECT_TRUE(CheckFields(*body, {"a", "b", "c", "d", "e"}));
  EXPECT_TRUE(CheckFields(*body, {"a", "b", "d"})) << "null is as if it were not there";
  EXPECT_FALSE(CheckFields(*body, {"a", "b", "c"}));
  EXPECT_FALSE(CheckFields(nlohmann::json::array(), {"a"}));
  EXPECT_EQ(**TextField(*body, "a"), "x");
  EXPECT_EQ(**FlagField(*body, "b"), true);
  EXPECT_FALSE(*TextField(*body, "c"));
  EXPECT_FALSE(*TextField(*body, "e"));
  EXPECT_EQ(TextField(*body, "d").error().subject, "d");
  EXPECT_FALSE(FlagField(*body, "a"));
  EXPECT_FALSE(FlagField(*body, "d"));
}

TEST(JsonBody, Numbers) {
  const auto body = ParseJsonBody(
      R"({"a": 1, "b": 1.5, "c": -1, "d": 9223372036854775808, "e": 9223372036854775807,
          "f": "1", "g": true, "h": 1.0})",
      8);
  ASSERT_TRUE(body);
  EXPECT_EQ(**NumberField(*body, "a", 0, 1), 1);
  EXPECT_EQ(**NumberField(*body, "b", 0, 2), 1.5);
  EXPECT_FALSE(NumberField(*body, "b", 0, 1.25));
  EXPECT_EQ(NumberField(*body, "c", 0, 0.5).error().message, "c: expected a number from 0 to 0.5");
  EXPECT_FALSE(NumberField(*body, "f", 0, 2));
  EXPECT_FALSE(NumberField(*body, "g", 0, 2));
  EXPECT_FALSE(*NumberField(*body, "z", 0, 2));
  EXPECT_EQ(**IntegerField(*body, "c", -1, 5), -1);
  EXPECT_EQ(**IntegerField(*body, "e", 0, INT64_MAX), INT64_MAX);
  for (const char* name : {"b", "c", "d", "f", "g", "h"}) {
    EXPECT_FALSE(IntegerField(*body, name, 0, INT64_MAX)) << name;
  }
}

TEST(JsonBody, Texts) {
  const auto body = ParseJsonBody(
      R"({"a": "x", "b": ["x", "yy"], "c": [], "d": ["x", ""], "e": [[]], "f": {}})", 8);
  ASSERT_TRUE(body);
  EXPECT_EQ(*TextsField(*body, "a", {1, 1}), std::vector<std::string>{"x"});
  EXPECT_EQ(TextsField(*body, "b", {2, 2})->size(), 2u);
  EXPECT_FALSE(TextsField(*body, "b", {1, 2}));
  EXPECT_EQ(TextsField(*body, "b", {2, 1}).error().subject, "b[1]");
  for (const char* name : {"d", "e", "f"}) EXPECT_FALSE(TextsField(*body, name, {9, 9})) << name;
  EXPECT_TRUE(TextsField(*body, "z", {1, 1})->empty());
  EXPECT_TRUE(TextsField(*body, "c", {1, 1})->empty());
  EXPECT_EQ(TextsField(*body, "c", {1, 1, 1}).error().subject, "c");
}

}  // namespace
}  // namespace yixin
