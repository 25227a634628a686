#include "table/row_writer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>

#include "table/field_text.h"
#include "table/read_rows_test.h"

namespace yixin {
namespace {

const std::vector<FieldPath> kResults = {{"sentiment.zh", "label"},
                                         {"sentiment.zh", "probs", "正面"},
                                         {"sentiment.zh", "probs", "负面"},
                                         {"sentiment.zh", "rows"},
                                         {"error"}};
const std::vector<FieldValue> kValues = {std::string("正面"), 0.75, 0.25, int64_t{3}, {}};

std::unique_ptr<RowWriter> Create(const RowWriterOptions& options) {
  Result<std::unique_ptr<RowWriter>> writer = RowWriter::Create(options);
  EXPECT_TRUE(writer) << writer.error().message;
  return *std::move(writer);
}

TableRow RowOf(const Cells& cells) {
  TableRow row;
  row.cells = cells;
  row.kinds.assign(cells.size(), CellKind::kText);
  return row;
}

std::string Written(const RowWriterOptions& options, const TableRow& row,
                    const std::vector<FieldValue>& values) {
  std::string out;
  EXPECT_TRUE(Create(options)->AppendRow(row, values, out));
  return out;
}

TEST(CsvWriterTest, HeaderAndRows) {
  const auto writer = Create({.columns = {"id", "text"}, .added = kResults});
  std::string out;
  writer->AppendHeader(out);
  ASSERT_TRUE(writer->AppendRow(RowOf({"1", "好, \"很\"好\n"}), kValues, out));
  EXPECT_EQ(out,
            "\xEF\xBB\xBFid,text,sentiment.zh.label,sentiment.zh.probs.正面,"
            "sentiment.zh.probs.负面,sentiment.zh.rows,error\n"
            "1,\"好, \"\"很\"\"好\n\",正面,0.750000,0.250000,3,\n");
}

TEST(CsvWriterTest, OtherEncodingsAndDelimiters) {
  RowWriterOptions options{.columns = {"文"}, .delimiter = '\t'};
  options.encoding = TextEncoding::kGb18030;
  const auto writer = Create(options);
  std::string out;
  writer->AppendHeader(out);
  ASSERT_TRUE(writer->AppendRow(RowOf({"好,\t😀"}), {}, out));
  EXPECT_EQ(out, Encoded("文\n\"好,\t😀\"\n", TextEncoding::kGb18030));
}

TEST(CsvWriterTest, FormulasAreEscaped) {
  RowWriterOptions options{.columns = {"a"}};
  for (const auto& [cell, expected] : {std::pair<const char*, const char*>{"=1+1", "'=1+1\n"},
                                       {"+86 10 1234", "'+86 10 1234\n"},
                                       {"-", "'-\n"},
                                       {"-1-1", "'-1-1\n"},
                                       {"@SUM(A1)", "'@SUM(A1)\n"},
                                       {"\tx", "'\tx\n"},
                                       {"\r=1", "\"'\r=1\"\n"},
                                       {"=A1,B1", "\"'=A1,B1\"\n"},
                                       {"-3", "-3\n"},
                                       {"+0.5", "+0.5\n"},
                                       {"-1.2.3", "'-1.2.3\n"},
                                       {"a=1", "a=1\n"},
                                       {"", "\"\"\n"}}) {
    EXPECT_EQ(Written(options, RowOf({cell}), {}), expected);
  }
  options.escape_formulas = false;
  EXPECT_EQ(Written(options, RowOf({"=1+1"}), {}), "=1+1\n");
  const RowWriterOptions dangerous{.columns = {"=x"}, .byte_order_mark = false};
  std::string header;
  Create(dangerous)->AppendHeader(header);
  EXPECT_EQ(header, "'=x\n");
}

TEST(CsvWriterTest, BadRowsHaveAsManyCellsAsTheRest) {
  TableRow row = RowOf({"a", "b", "c"});
  row.Fail(RowFault::kCellCount, "");
  const RowWriterOptions options{.columns = {"x", "y"}, .added = {{"error"}}};
  EXPECT_EQ(Written(options, row, {std::string("cell_count")}), "a,b,cell_count\n");
  row.cells = {};
  EXPECT_EQ(Written(options, row, {std::string("open_quote")}), ",,open_quote\n");
}

TEST(JsonWriterTest, ObjectsKeepTheirText) {
  RowWriterOptions options{
      .format = TableFormat::kJsonLines, .columns = {"text"}, .added = kResults};
  TableRow row = RowOf({"好"});
  row.raw = "{ \"text\" : \"\\u597d\", \"n\": 1.0 }";
  EXPECT_EQ(Written(options, row, kValues),
            "{\"text\" : \"\\u597d\", \"n\": 1.0,\"sentiment.zh\":{\"label\":\"正面\",\"probs\":{"
            "\"正面\":0.750000,\"负面\":0.250000},\"rows\":3}}\n");
  row.raw = "{ }";
  EXPECT_EQ(Written(options, row, {{}, {}, 0.5, {}, std::string("x\"\n")}),
            "{\"sentiment.zh\":{\"probs\":{\"负面\":0.500000}},\"error\":\"x\\\"\\n\"}\n");
  EXPECT_EQ(Written(options, row, {{}, {}, {}, {}, {}}), "{}\n");
}

TEST(JsonWriterTest, CellsOfCsvAreStrings) {
  const RowWriterOptions options{
      .format = TableFormat::kJsonLines, .columns = {"a\"", "n"}, .added = {{"ok"}}};
  EXPECT_EQ(Written(options, RowOf({"x\ny", "1"}), {true}),
            "{\"a\\\"\":\"x\\ny\",\"n\":\"1\",\"ok\":true}\n");
}

TEST(JsonWriterTest, BadRowsHaveTheAddedFieldsAlone) {
  const RowWriterOptions options{
      .format = TableFormat::kJsonLines, .columns = {"a", "b"}, .added = {{"line"}}};
  TableRow row;
  row.raw = "{\"a\":1,\"a\":2}";
  row.Fail(RowFault::kDuplicateKey, "");
  EXPECT_EQ(Written(options, row, {int64_t{7}}), "{\"line\":7}\n");
}

TEST(JsonWriterTest, NestedPathsCloseWhatTheyOpen) {
  const RowWriterOptions options{
      .format = TableFormat::kJsonLines,
      .added = {{"a", "b", "c"}, {"a", "b", "d"}, {"a", "e", "f"}, {"g"}, {"h", "i"}}};
  const FieldValue one = int64_t{1};
  EXPECT_EQ(Written(options, TableRow(), {one, one, one, one, one}),
            "{\"a\":{\"b\":{\"c\":1,\"d\":1},\"e\":{\"f\":1}},\"g\":1,\"h\":{\"i\":1}}\n");
  EXPECT_EQ(Written(options, TableRow(), {{}, one, {}, {}, one}),
            "{\"a\":{\"b\":{\"d\":1}},\"h\":{\"i\":1}}\n");
  EXPECT_EQ(Written(options, TableRow(), {{}, {}, one, {}, {}}), "{\"a\":{\"e\":{\"f\":1}}}\n");
}

TEST(RowWriterTest, RefusesWhatWouldOverwrite) {
  const auto refused = [](const RowWriterOptions& options) {
    const auto writer = RowWriter::Create(options);
    EXPECT_FALSE(writer);
    return writer ? ErrorCode::kInternal : writer.error().code;
  };
  const RowWriterOptions json{.format = TableFormat::kJsonLines};
  RowWriterOptions options = json;
  options.columns = {"sentiment.zh"};
  options.added = kResults;
  EXPECT_EQ(refused(options), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused({.columns = {"sentiment.zh.label"}, .added = kResults}),
            ErrorCode::kInvalidArgument);
  for (const std::vector<FieldPath>& added :
       std::vector<std::vector<FieldPath>>{{{"a"}, {"a"}},
                                           {{"a", "b"}, {"a"}},
                                           {{"a"}, {"a", "b"}},
                                           {{"a", "b"}, {"c"}, {"a", "d"}},
                                           {{}}}) {
    options = json;
    options.added = added;
    EXPECT_EQ(refused(options), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(refused({.added = {{"a.b"}, {"a", "b"}}}), ErrorCode::kInvalidArgument);
  options = json;
  options.encoding = TextEncoding::kGb18030;
  EXPECT_EQ(refused(options), ErrorCode::kUnsupported);
  EXPECT_EQ(refused({.format = TableFormat::kPlainLines}), ErrorCode::kUnsupported);
  EXPECT_EQ(refused({.encoding = TextEncoding::kUtf16Le}), ErrorCode::kUnsupported);

  // A key that comes up after the first rows.
  TableRow row;
  row.raw = "{\"x\":1}";
  row.other_keys = {"x"};
  options = json;
  options.added = {{"x"}};
  std::string out;
  EXPECT_EQ(Create(options)->AppendRow(row, std::vector<FieldValue>{true}, out).error().code,
            ErrorCode::kInvalidFile);
  EXPECT_EQ(out, "");
}

TEST(FieldTextTest, Numbers) {
  EXPECT_EQ(FieldText(0.1234567), "0.123457");
  EXPECT_EQ(FieldText(-0.0), "0.000000");
  EXPECT_EQ(FieldText(1.0), "1.000000");
  EXPECT_EQ(FieldText(std::nan("")), "");
  EXPECT_EQ(FieldText(std::numeric_limits<double>::infinity()), "");
  EXPECT_EQ(FieldText(std::numeric_limits<double>::max()).size(), 316u);
  EXPECT_EQ(FieldText(int64_t{-5}), "-5");
  EXPECT_EQ(FieldText(false), "false");
}

// Any table that is written is read again with the same cells.
TEST(RowWriterTest, WhatIsWrittenIsRead) {
  const auto cell = rc::gen::map(rc::gen::container<std::vector<const char*>>(rc::gen::element(
                                     "a", ",", "\"", "\n", "\r", "\t", " ", ";", "|", "'", "=",
                                     "好", "😀", "\xEF\xBB\xBF", "\x01", "1", "{", "}")),
                                 [](const std::vector<const char*>& parts) {
                                   std::string text;
                                   for (const char* part : parts) text += part;
                                   return text;
                                 });
  EXPECT_TRUE(rc::check([&cell] {
    const auto columns = *rc::gen::inRange<size_t>(1, 5);
    const auto table =
        *rc::gen::container<std::vector<Cells>>(rc::gen::container<Cells>(columns, cell));
    for (const auto& [format, delimiter, encoding] :
         {std::tuple{TableFormat::kCsv, ',', TextEncoding::kUtf8},
          {TableFormat::kCsv, '\t', TextEncoding::kGb18030},
          {TableFormat::kCsv, '|', TextEncoding::kGb18030},
          {TableFormat::kJsonLines, ',', TextEncoding::kUtf8}}) {
      RowWriterOptions to{.format = format, .delimiter = delimiter, .encoding = encoding};
      for (size_t i = 0; i < columns; ++i) to.columns.emplace_back(1, static_cast<char>('a' + i));
      to.escape_formulas = false;
      to.byte_order_mark = *rc::gen::arbitrary<bool>();
      const auto writer = Create(to);
      std::string bytes;
      writer->AppendHeader(bytes);
      for (const Cells& cells : table) {
        RC_ASSERT(writer->AppendRow(RowOf(cells), {}, bytes).has_value());
      }
      if (bytes.empty()) continue;  // JSONL without rows
      TableOptions from{.format = format, .encoding = encoding, .delimiter = delimiter};
      from.quote = '"';
      from.header = true;
      const std::vector<TableRow> rows = ReadText(bytes, from);
      RC_ASSERT(rows.size() == table.size());
      for (size_t i = 0; i < rows.size(); ++i) {
        RC_ASSERT(rows[i].message == "");
        RC_ASSERT(rows[i].cells == table[i]);
      }
    }
  }));
}

}  // namespace
}  // namespace yixin
