#include "report/gram_table.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace yixin {
namespace {

using Grams = std::vector<std::string>;

TEST(GramsOf, RunsOfIdeographsAndWholeWords) {
  EXPECT_EQ(GramsOf("很干净"), (Grams{"干净", "很干", "很干净"}));
  EXPECT_EQ(GramsOf("WiFi 很慢，wifi"), (Grams{"wifi", "很慢"}));
  EXPECT_EQ(GramsOf("一二三四五").size(), 4u + 3 + 2);
  EXPECT_TRUE(GramsOf("好，坏。!? a").empty()) << "nothing goes across a mark";
  EXPECT_TRUE(GramsOf("").empty());
  EXPECT_EQ(GramsOf("哈哈哈"), (Grams{"哈哈", "哈哈哈"})) << "once a text";
}

TEST(GramsOf, ACutCharacterAtTheEndIsLeftOut) {
  EXPECT_EQ(GramsOf(std::string_view("很干净").substr(0, 8)), (Grams{"很干"}));
}

TEST(GramTable, FindsWhatSetsALabelApart) {
  GramTable table(2);
  for (int i = 0; i < 60; ++i) {
    const std::string other = i % 2 == 0 ? "房间一般" : "价格还行";
    table.Add(0, "早餐非常好吃，" + other);
    table.Add(1, "空调一直很吵，" + other);
  }
  const auto good = table.Telling(0, 5);
  ASSERT_FALSE(good.empty());
  for (const TellingGram& one : good) {
    EXPECT_NE(std::string("早餐非常好吃").find(one.gram), std::string::npos) << one.gram;
    EXPECT_EQ(one.texts, 60u);
    EXPECT_GT(one.z, 1.96);
  }
  for (const TellingGram& one : table.Telling(1, 5)) {
    EXPECT_NE(std::string("空调一直很吵").find(one.gram), std::string::npos) << one.gram;
  }
}

TEST(GramTable, OverlappingOnesAreOne) {
  GramTable table(2);
  for (int i = 0; i < 40; ++i) {
    table.Add(0, "性价比");
    table.Add(1, "没意思");
  }
  const auto telling = table.Telling(0, 10);
  ASSERT_EQ(telling.size(), 1u);
  EXPECT_EQ(telling[0].gram, "性价比");
}

TEST(GramTable, WhatBothSayIsNotTelling) {
  GramTable table(2);
  for (int i = 0; i < 40; ++i) {
    table.Add(0, "酒店");
    table.Add(1, "酒店");
  }
  EXPECT_TRUE(table.Telling(0, 10).empty());
}

TEST(GramTable, MemoryIsBoundedAndCommonOnesStay) {
  GramTable table(1, 500);
  for (int i = 0; i < 3000; ++i) table.Add(0, "word" + std::to_string(i) + " 常见");
  GramTable same(2, 500);
  for (int i = 0; i < 3000; ++i) {
    same.Add(0, "常见 x" + std::to_string(i));
    same.Add(1, "别的 y" + std::to_string(i));
  }
  const auto telling = same.Telling(0, 3);
  ASSERT_FALSE(telling.empty());
  EXPECT_EQ(telling[0].gram, "常见");
}

}  // namespace
}  // namespace yixin
