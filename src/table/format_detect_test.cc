#include "table/format_detect.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TableFormat OfContent(std::string_view text) {
  const Result<TableFormat> format = FormatOfContent(text, true);
  EXPECT_TRUE(format);
  return format ? *format : TableFormat::kPlainLines;
}

TEST(FormatDetectTest, Names) {
  EXPECT_EQ(FormatOfName("a/b.CSV"), TableFormat::kCsv);
  EXPECT_EQ(FormatOfName("x.tsv"), TableFormat::kCsv);
  EXPECT_EQ(FormatOfName("x.jsonl"), TableFormat::kJsonLines);
  EXPECT_EQ(FormatOfName("x.ndjson"), TableFormat::kJsonLines);
  for (const char* name : {"-", "", "x.txt", "csv", "x.json", "x.csv.bak"}) {
    EXPECT_EQ(FormatOfName(name), std::nullopt) << name;
  }
}

TEST(FormatDetectTest, Contents) {
  EXPECT_EQ(OfContent("\n {\"a\": 1}\n"), TableFormat::kJsonLines);
  EXPECT_EQ(OfContent("broken\r\n{\"a\": 1} \r\n"), TableFormat::kJsonLines);
  EXPECT_EQ(OfContent("text,label\ngood,1\n"), TableFormat::kCsv);
  EXPECT_EQ(OfContent("a\tb\nc\td\n"), TableFormat::kCsv);
  EXPECT_EQ(OfContent("今天很好\n明天也好\n"), TableFormat::kPlainLines);
  EXPECT_EQ(OfContent("Well, good\nBad\nSo, so, so\n"), TableFormat::kPlainLines);
  EXPECT_EQ(OfContent("one, line\n"), TableFormat::kPlainLines);
  EXPECT_EQ(OfContent("{not json}\n"), TableFormat::kPlainLines);
  EXPECT_EQ(OfContent(""), TableFormat::kPlainLines);
}

TEST(FormatDetectTest, AJsonArrayIsNamed) {
  for (const char* text : {"[{\"a\":1}]", "[\n  {\n \"a\": 1}\n]\n"}) {
    const Result<TableFormat> format = FormatOfContent(text, true);
    ASSERT_FALSE(format);
    EXPECT_NE(format.error().message.find("jq -c"), std::string::npos);
  }
  EXPECT_EQ(OfContent("[笑] 好\n"), TableFormat::kPlainLines);
}

TEST(FormatDetectTest, BinariesAreNamed) {
  EXPECT_TRUE(CheckIsText("text,label\n"));
  for (const char* bytes : {"\x1f\x8b\x08", "PK\x03\x04", "PAR1", "%PDF-1.7"}) {
    EXPECT_EQ(CheckIsText(bytes).error().code, ErrorCode::kInvalidFile) << bytes;
  }
}

}  // namespace
}  // namespace yixin
