#include "base/nesting.h"

#include <gtest/gtest.h>

#include <string>

namespace yixin {
namespace {

std::string Repeat(std::string_view unit, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += unit;
  return text;
}

TEST(JsonNesting, CountsBracketsOutsideStrings) {
  EXPECT_TRUE(CheckJsonNesting(R"({"a": [1, {"b": []}]})", 4));
  EXPECT_FALSE(CheckJsonNesting(R"({"a": [1, {"b": []}]})", 3));
  EXPECT_TRUE(CheckJsonNesting(R"(["[[[[[[", "\"[[[[[["])", 1));
}

TEST(JsonNesting, ClosersInStringsDoNotHideDepth) {
  EXPECT_FALSE(CheckJsonNesting(Repeat(R"(["]]", )", 1000), 64));
}

TEST(JsonNesting, SaysWhere) {
  const auto status = CheckJsonNesting(Repeat("[", 100000), 64);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidFile);
  EXPECT_NE(status.error().message.find("byte 64"), std::string::npos) << status.error().message;
}

TEST(JsonNesting, SurplusClosersAndOpenStringsAreTheParsersBusiness) {
  EXPECT_TRUE(CheckJsonNesting("]]]]}}}}", 1));
  EXPECT_TRUE(CheckJsonNesting("\"never closed [[[[[", 1));
  EXPECT_TRUE(CheckJsonNesting("\"\\", 1));
  EXPECT_TRUE(CheckJsonNesting("", 0));
}

TEST(TomlNesting, CountsInlineTablesArraysAndDottedKeys) {
  EXPECT_TRUE(CheckTomlNesting("[[model]]\nx = [ { a = 1.5 }, { a = 2.5 } ]\n", 2));
  EXPECT_FALSE(CheckTomlNesting("x = [[[1]]]\n", 2));
  EXPECT_FALSE(CheckTomlNesting(Repeat("a.", 100) + "b = 1\n", 16));
  EXPECT_FALSE(CheckTomlNesting("[" + Repeat("a.", 100) + "b]\n", 16));
  EXPECT_TRUE(CheckTomlNesting("x = [" + Repeat("0.5, ", 100) + "]\n", 16));
}

TEST(TomlNesting, StringsAndCommentsDoNotCount) {
  EXPECT_TRUE(CheckTomlNesting("a = \"[[[ \\\" [[[\" # [[[[\nb = '[[[\\'\n", 1));
  EXPECT_TRUE(CheckTomlNesting("a = \"\"\"\n[[[[ \"\" \\\"\"\" [[[\n\"\"\"\"\"\n", 1));
  EXPECT_TRUE(CheckTomlNesting("a = '''\n[[[[ ' '' [[[\n'''\n", 1));
  EXPECT_FALSE(CheckTomlNesting("a = '''x''' \nb = [[[1]]]\n", 2));
}

TEST(TomlNesting, ClosersInStringsDoNotHideDepth) {
  EXPECT_FALSE(CheckTomlNesting("x = " + Repeat("[\"]]\", '}}', ", 1000), 16));
}

TEST(TomlNesting, SaysTheLine) {
  const auto status = CheckTomlNesting("a = 1\nb = 2\nc = [[[[1]]]]\n", 3);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("line 3"), std::string::npos) << status.error().message;
}

}  // namespace
}  // namespace yixin
