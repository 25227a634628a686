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

TEST(JsonBody, Fields) {
  const auto body = ParseJsonBody(R"({"a": "x", "b": true, "c": null, "d": 1})", 8);
  ASSERT_TRUE(body);
  EXPECT_TRUE(CheckFields(*body, {"a", "b", "c", "d", "e"}));
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

}  // namespace
}  // namespace yixin
