#include "cli/analyze_flags.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TEST(AnalyzeFlags, HowTheInputIsRead) {
  AnalyzeFlags flags;
  auto options = ToTableOptions(flags);
  ASSERT_TRUE(options);
  EXPECT_FALSE(options->format || options->encoding || options->delimiter || options->quote ||
               options->header)
      << "what is not given is found";
  flags.input_format = "tsv";
  flags.quote = "none";
  flags.input_encoding = "GBK";
  flags.no_header = true;
  options = ToTableOptions(flags);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->format, TableFormat::kCsv);
  EXPECT_EQ(options->delimiter, '\t');
  EXPECT_EQ(options->quote, '\0');
  EXPECT_EQ(options->encoding, TextEncoding::kGb18030);
  EXPECT_EQ(options->header, false);
  flags.delimiter = ";";
  EXPECT_EQ(ToTableOptions(flags)->delimiter, ';');
  for (const char* wrong : {"none", ";;", "，"}) {
    flags.delimiter = wrong;
    EXPECT_FALSE(ToTableOptions(flags)) << wrong;
  }
}

TEST(AnalyzeFlags, HowTheOutputIsWritten) {
  TableShape csv;
  csv.format = TableFormat::kCsv;
  TableShape lines;
  lines.format = TableFormat::kPlainLines;
  AnalyzeFlags flags;
  EXPECT_EQ(ToWriterOptions(flags, csv).format, TableFormat::kCsv);
  EXPECT_EQ(ToWriterOptions(flags, lines).format, TableFormat::kJsonLines);
  EXPECT_TRUE(ToWriterOptions(flags, csv).byte_order_mark);
  flags.output = "out.JSONL";
  EXPECT_EQ(ToWriterOptions(flags, csv).format, TableFormat::kJsonLines);
  flags.output = "out.tsv";
  EXPECT_EQ(ToWriterOptions(flags, lines).format, TableFormat::kCsv);
  EXPECT_EQ(ToWriterOptions(flags, lines).delimiter, '\t');
  flags.format = "jsonl";
  EXPECT_EQ(ToWriterOptions(flags, csv).format, TableFormat::kJsonLines);
  flags.output_encoding = "utf-8";
  EXPECT_FALSE(ToWriterOptions(flags, csv).byte_order_mark);
  flags.output_encoding = "gb18030";
  EXPECT_EQ(ToWriterOptions(flags, csv).encoding, TextEncoding::kGb18030);
}

TEST(AnalyzeFlags, WhereTheExportGoes) {
  AnalyzeFlags flags;
  flags.output = "out.csv";
  EXPECT_EQ(ExportPath(flags), "");
  flags.export_format = "label-studio";
  EXPECT_EQ(ExportPath(flags), "out.csv.label-studio.json");
  flags.export_file = "x.json";
  EXPECT_EQ(ExportPath(flags), "x.json");
}

TEST(AnalyzeFlags, HowATextIsCut) {
  AnalyzeFlags flags;
  EXPECT_EQ(ToClassifyOptions(flags, "t").truncation, Truncation::kError);
  flags.truncate = "middle";
  flags.no_neutral = true;
  const ClassifyOptions options = ToClassifyOptions(flags, "t");
  EXPECT_EQ(options.truncation, Truncation::kMiddle);
  EXPECT_TRUE(options.no_neutral);
  EXPECT_EQ(options.task, "t");
}

}  // namespace
}  // namespace yixin
