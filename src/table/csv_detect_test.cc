#include "table/csv_detect.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

FoundDialect Detected(std::string_view text, const CsvGiven& given = {}, bool is_whole = true) {
  const Result<FoundDialect> found = DetectCsv(text, is_whole, given);
  EXPECT_TRUE(found);
  return *found;
}

TEST(DetectCsvTest, Delimiters) {
  for (const char delimiter : {',', '\t', ';', '|'}) {
    std::string text = "id,text,label\n1,\"好，不错; |\t, really\",1\n2,坏,0\n";
    const size_t quoted = text.find('"');
    const size_t end = text.rfind('"');
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == ',' && (i < quoted || i > end)) text[i] = delimiter;
    }
    const FoundDialect found = Detected(text);
    EXPECT_EQ(found.dialect, (CsvDialect{delimiter, '"'})) << text;
    EXPECT_EQ(found.columns, 3u);
    EXPECT_EQ(found.agreement, 1);
  }
}

TEST(DetectCsvTest, DecimalCommasAreNoDelimiters) {
  EXPECT_EQ(Detected("name;price;n\na;1,5;2\nb;2,5;3\n").dialect.delimiter, ';');
}

TEST(DetectCsvTest, QuotesThatAreText) {
  const FoundDialect found =
      Detected("text\tlabel\n\"好\" 是他说的\t1\n\"坏\t0\n中\t1\n\"又\" 来\t0\n");
  EXPECT_EQ(found.dialect, (CsvDialect{'\t', '\0'}));
  EXPECT_EQ(found.columns, 2u);
}

TEST(DetectCsvTest, OneColumn) {
  const FoundDialect found = Detected("text\ngood, really\nbad, very, bad\nwell, yes\n");
  EXPECT_EQ(found.dialect.delimiter, '\0');
  EXPECT_EQ(found.columns, 1u);
  EXPECT_EQ(Detected("").columns, 0u);
}

TEST(DetectCsvTest, WhatIsGivenStays) {
  EXPECT_EQ(Detected("a,b\nc,d\n", {.delimiter = ';'}).columns, 1u);
  EXPECT_EQ(Detected("a,'b,c'\nd,e\n", {.quote = '\''}).dialect, (CsvDialect{',', '\''}));
}

TEST(DetectCsvTest, ACutSampleIsNoFault) {
  const FoundDialect found =
      Detected("a,\"b\"\nc,d\ne,\"cut off here\nand, more, of, it\n", {}, false);
  EXPECT_EQ(found.dialect, (CsvDialect{',', '"'}));
  EXPECT_EQ(found.agreement, 1);
}

TEST(DetectHeaderTest, Headers) {
  using Rows = std::vector<std::vector<std::string>>;
  EXPECT_TRUE(DetectHeader(Rows{{"Text", "x"}, {"good", "1"}}).is_header);
  EXPECT_TRUE(DetectHeader(Rows{{"", "评论"}, {"0", "好"}}).is_header);
  EXPECT_TRUE(DetectHeader(Rows{{"words", "points"}, {"good", "1"}, {"bad", "0"}}).is_header);
  EXPECT_TRUE(DetectHeader(Rows{{"text"}}).is_header);
  EXPECT_TRUE(DetectHeader(Rows{{"review_body", "Mood-2"}, {"很好吃", "正面"}}).is_header);
  EXPECT_TRUE(
      DetectHeader(
          Rows{{"短评", "态度"}, {"a", "正面"}, {"b", "负面"}, {"c", "正面"}, {"d", "正面"}})
          .is_header);
}

TEST(DetectHeaderTest, NoHeaders) {
  using Rows = std::vector<std::vector<std::string>>;
  EXPECT_FALSE(DetectHeader(Rows{}).is_header);
  EXPECT_FALSE(DetectHeader(Rows{{"很好", "1"}, {"坏", "0"}}).is_header);
  EXPECT_FALSE(DetectHeader(Rows{{"很好", "正面"}, {"坏", "负面"}, {"行", "正面"}}).is_header);
  EXPECT_FALSE(DetectHeader(Rows{{"今天很好"}, {"明天也好"}}).is_header);
  EXPECT_FALSE(DetectHeader(Rows{{"good"}, {"bad"}}).is_header);
  EXPECT_FALSE(DetectHeader(Rows{{"很好", "正面"}, {"坏", "负面"}, {"行", "中性"}}).is_header);
  EXPECT_FALSE(DetectHeader(Rows{{"好", ""}, {"坏", ""}, {"行", ""}, {"啊", ""}}).is_header);
  EXPECT_FALSE(
      DetectHeader(Rows{{"房间很干净，服务也不错，下次还会来。", "好"}, {"坏", "差"}}).is_header);
}

}  // namespace
}  // namespace yixin
