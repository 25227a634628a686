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

TEST(TomlNesting, OutsideStringsEverythingIsAscii) {
  EXPECT_TRUE(CheckTomlNesting("\xEF\xBB\xBF# 注释、\n\"正面\" = '中、性' # é\n", 1));
  for (const char* text : {"a = 1\nb、= 2\n", "正面 = 1\nb = 2\n", "a = \"x\"\u3000\n"}) {
    const auto status = CheckTomlNesting(text, 1);
    ASSERT_FALSE(status) << text;
    EXPECT_NE(status.error().message.find("beyond ASCII"), std::string::npos);
  }
}

TEST(TomlNesting, AQuoteInsideAWordHidesNothing) {
  EXPECT_FALSE(CheckTomlNesting("a = 0\\U\"[[[、\n", 9));
  EXPECT_FALSE(CheckTomlNesting("a = \"x\"\"y\"\n", 9));
  for (const char* text : {"a =2='b'\n", "a = 2['b']\n", "a = 2{b=1}\n", "a = 2.'b'\n"}) {
    EXPECT_FALSE(CheckTomlNesting(text, 9)) << text;
  }
  EXPECT_TRUE(CheckTomlNesting("a = [{b=1,c=[2,3]}, {b=4}]\nd = {e='x',f.'g'=2}\n", 9));
  EXPECT_TRUE(CheckTomlNesting("\"a\".'b'={c=\"x\",d=[\"y\",'z']}\n\"e\"='f'", 9));
}

TEST(TomlNesting, WhatFollowsALineEndingBackslash) {
  EXPECT_TRUE(CheckTomlNesting("a = \"\"\"正面\\\n  负面\\ \r\n x\\\\\n、\"\"\"\n", 1));
  EXPECT_TRUE(CheckTomlNesting("a = '''正面\\\n、'''\n", 1)) << "a literal string";
  EXPECT_FALSE(CheckTomlNesting("a = \"\"\"\\\\\\、\"\"\"\n", 1)) << "no escape at all";
  EXPECT_FALSE(CheckTomlNesting("a = \"\"\"正面\\\n  、\"\"\"\n", 1));
  EXPECT_FALSE(CheckTomlNesting("a = \"\"\"\\\n\n\\\n\ufeff2\"\"\"\n", 1));
}

TEST(TomlNesting, SaysTheLine) {
  const auto status = CheckTomlNesting("a = 1\nb = 2\nc = [[[[1]]]]\n", 3);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("line 3"), std::string::npos) << status.error().message;
}

}  // namespace
}  // namespace yixin
