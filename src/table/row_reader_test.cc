#include "table/row_reader.h"

#include <gtest/gtest.h>

#include "table/read_rows_test.h"

namespace yixin {
namespace {

const std::string kReviews =
    "id,text,label\r\n1,\"好吃, 下次\r\n再来\",正面\r\n2,房间|很脏😀,负面\r\n3,\"\",中性\r\n";

TableShape ShapeOf(std::string_view bytes, const TableOptions& options = {}) {
  const Result<RowReader> reader = OpenText(bytes, options);
  EXPECT_TRUE(reader) << reader.error().message;
  return reader ? reader->shape() : TableShape();
}

Error ErrorOf(std::string_view bytes, const TableOptions& options = {}) {
  const Result<RowReader> reader = OpenText(bytes, options);
  EXPECT_FALSE(reader);
  return reader ? Error() : reader.error();
}

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(RowReaderTest, TheSameRowsInEveryEncodingAndAnyPieces) {
  std::vector<Cells> expected;
  for (const TableRow& row : ReadText(kReviews, {})) expected.push_back(row.cells);
  ASSERT_EQ(expected.size(), 3u);
  EXPECT_EQ(expected[0], (Cells{"1", "好吃, 下次\r\n再来", "正面"}));

  for (const auto& [mark, encoding] :
       {std::pair<std::string, TextEncoding>{"", TextEncoding::kUtf8},
        {"\xEF\xBB\xBF", TextEncoding::kUtf8},
        {"", TextEncoding::kUtf16Le},
        {"\xFF\xFE", TextEncoding::kUtf16Le},
        {"", TextEncoding::kUtf16Be},
        {"\xFE\xFF", TextEncoding::kUtf16Be},
        {"", TextEncoding::kGb18030}}) {
    const std::string bytes = mark + Encoded(kReviews, encoding);
    EXPECT_EQ(ShapeOf(bytes).encoding, encoding);
    EXPECT_EQ(ShapeOf(bytes).columns, (Cells{"id", "text", "label"}));
    const std::vector<TableRow> all = ReadText(bytes, {});
    for (const size_t chunk : {1, 7, 4096}) EXPECT_EQ(Seen(ReadText(bytes, {}, chunk)), Seen(all));
    ASSERT_EQ(all.size(), 3u);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(all[i].cells, expected[i]);
    EXPECT_EQ(all[1].position.line, 4u);
  }
}

TEST(RowReaderTest, SaysWhatItFound) {
  EXPECT_EQ(
      Describe(ShapeOf(kReviews, {.name = "r.csv"})),
      "csv (by name), utf-8 (valid UTF-8), comma between cells (of 4 rows), header (a cell of "
      "line 1 is 'id'), 3 columns");
  EXPECT_EQ(Describe(ShapeOf("好\r坏\r")),
            "lines (by content), utf-8 (valid UTF-8), lines end in CR, 1 column");
}

TEST(RowReaderTest, CarriageReturnsAlone) {
  std::vector<TableRow> rows = ReadText("text,n\rgood,1\r\"two\rlines\",2\r", {});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].cells, (Cells{"two\rlines", "2"}));
  rows = ReadText("{\"a\":1}\r{\"a\":2}\r", {});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].cells, Cells{"2"});
}

TEST(RowReaderTest, WhatIsGivenIsNotGuessed) {
  TableOptions options;
  options.format = TableFormat::kCsv;
  options.encoding = TextEncoding::kUtf8;
  options.delimiter = ';';
  options.quote = '\0';
  options.header = false;
  const TableShape shape = ShapeOf("text;\"label\nx;y\n", options);
  EXPECT_EQ(shape.columns, (Cells{"column1", "column2"}));
  EXPECT_EQ(shape.dialect, (CsvDialect{';', '\0'}));
  EXPECT_EQ(shape.encoding_why + shape.format_why + shape.dialect_why + shape.header_why,
            "givengivengivengiven");
  EXPECT_EQ(ReadText("text;\"label\nx;y\n", options).size(), 2u);
}

TEST(RowReaderTest, TsvByName) {
  EXPECT_EQ(ShapeOf("a,b\tc\nd,e\tf\n", {.name = "x.tsv"}).columns.size(), 2u);
}

TEST(RowReaderTest, RaggedRows) {
  const std::vector<TableRow> rows =
      ReadText("text,label\na,1\nb\nc,1,2\nd,0\n", {.name = "x.csv"});
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[1].message, "line 3: the row has 1 cells, expected 2");
  EXPECT_EQ(rows[2].fault, RowFault::kCellCount);
  EXPECT_EQ(rows[2].cells, (Cells{"c", "1", "2"}));
  EXPECT_EQ(rows[3].fault, RowFault::kNone);
}

TEST(RowReaderTest, Headers) {
  EXPECT_EQ(ShapeOf(",text,\n0,a,b\n").columns, (Cells{"column1", "text", "column3"}));
  EXPECT_EQ(ShapeOf("好吃,1\n难吃,0\n", {.name = "x.csv"}).columns, (Cells{"column1", "column2"}));
  const Error twice = ErrorOf("text,label,text\na,b,c\n", {.name = "x.csv"});
  EXPECT_EQ(twice.code, ErrorCode::kInvalidFile);
  EXPECT_TRUE(Has(twice.message, "x.csv: the header has the column 'text' twice"));
  EXPECT_TRUE(Has(ErrorOf(",column1\na,b\n", {.header = true}).message, "'column1' twice"));
  EXPECT_EQ(ReadText("text,label\n", {.name = "x.csv"}).size(), 0u);
  EXPECT_TRUE(Has(ErrorOf("\"text\n", {.name = "x.csv", .header = true}).message,
                  "the header cannot be read: line 1"));
  EXPECT_TRUE(Has(ErrorOf("\n\n", {.name = "x.csv", .header = true}).message, "no row"));
}

TEST(RowReaderTest, EmptyAndBinaryFiles) {
  for (const char* bytes : {"", "\xEF\xBB\xBF"}) {
    for (const char* name : {"x.csv", "x.jsonl", "x.txt"}) {
      EXPECT_TRUE(Has(ErrorOf(bytes, {.name = name}).message, "is empty")) << name;
    }
  }
  EXPECT_TRUE(
      Has(ErrorOf("PK\x03\x04....", {.name = "x.csv"}).message, "x.csv: this is a zip file"));
  EXPECT_EQ(ErrorOf("[{\"a\":1}]").code, ErrorCode::kUnsupported);
}

TEST(RowReaderTest, AFileOfOnlyBadRows) {
  TableOptions options{.name = "x.jsonl", .json_columns = {"text"}};
  std::vector<TableRow> rows = ReadText("bad\n[]\n{\n", options);
  ASSERT_EQ(rows.size(), 3u);
  for (const TableRow& row : rows) EXPECT_NE(row.fault, RowFault::kNone);
  const Error error = ErrorOf("\"a\"b\n\"c\"d\n", {.name = "x.csv", .quote = '"'});
  EXPECT_TRUE(Has(error.message, "no row of the first 10 bytes can be read as CSV"));
  rows = ReadText("\xFF\n\xFE\xFF\n",
                  {.format = TableFormat::kPlainLines, .encoding = TextEncoding::kUtf8});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].fault, RowFault::kInvalidBytes);
}

TEST(RowReaderTest, OptionsThatContradict) {
  for (const char c : {' ', '\n', '\r', '\x80'}) {
    EXPECT_EQ(ErrorOf("a,b\n", {.delimiter = c}).code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(ErrorOf("a,b\n", {.quote = c}).code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(ErrorOf("a,b\n", {.delimiter = '"', .quote = '"'}).subject, "delimiter");
}

TEST(RowReaderTest, FindsColumns) {
  Result<RowReader> reader = OpenText(kReviews, {});
  ASSERT_TRUE(reader);
  EXPECT_EQ(*reader->FindColumn("text"), 1u);
  EXPECT_EQ(reader->FindColumn("review").error().message,
            "there is no column 'review'; the columns are 'id' 'text' 'label'");
}

TEST(RowReaderTest, AFirstRowLargerThanTheSample) {
  const std::string cell(size_t{10} << 20, 'x');
  std::vector<TableRow> rows = ReadText("{\"text\":\"" + cell + "\"}\n{\"text\":\"b\"}\n", {});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(rows[0].cells == Cells{cell});
  rows = ReadText("a,\"" + cell + "\"\nb,c\n", {.name = "x.csv"});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(rows[0].cells[1] == cell);
  EXPECT_EQ(rows[1].fault, RowFault::kNone);
}

TEST(RowReaderTest, GoesOnAtAnyRowInAnyEncoding) {
  std::string text = "text,n\n";
  for (int i = 0; i < 40; ++i) {
    text += i % 7 == 3   ? "\"bad\"x,1\n"
            : i % 5 == 2 ? "\"两\n行\"," + std::to_string(i) + "\n"
                         : "好😀,0\n";
  }
  text += "\"open\n好,1\n";
  for (const TextEncoding encoding :
       {TextEncoding::kUtf8, TextEncoding::kUtf16Le, TextEncoding::kGb18030}) {
    const std::string bytes = Encoded(text, encoding);
    const std::vector<std::string> all = Seen(ReadText(bytes, {.name = "x.csv"}));
    Result<RowReader> reader = OpenText(bytes, {.name = "x.csv"});
    ASSERT_TRUE(reader);
    TableRow row;
    for (size_t i = 0; i <= all.size(); ++i) {
      Result<RowReader> again = OpenText(bytes, {.name = "x.csv"}, 7);
      ASSERT_TRUE(again && again->SkipTo(reader->position()));
      EXPECT_EQ(Seen(ReadRows(*again)),
                std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(i), all.end()));
      EXPECT_EQ(*reader->Next(row), i < all.size());
    }
  }
}

// Some hundred thousand rows made as they are read.
class Endless : public ByteSource {
 public:
  explicit Endless(uint64_t rows) : left_(rows) {}
  Result<size_t> Read(std::span<char> into) override {
    std::string block;
    while (left_ > 0 && block.size() + kRow.size() <= into.size()) {
      block += kRow;
      --left_;
    }
    std::copy(block.begin(), block.end(), into.begin());
    return block.size();
  }

 private:
  static constexpr std::string_view kRow = "good,\"a cell\nof two lines\",1\n";
  uint64_t left_;
};

TEST(RowReaderTest, CountsALongStream) {
  Result<RowReader> reader = RowReader::Open(std::make_unique<Endless>(300000), {.header = false});
  ASSERT_TRUE(reader);
  TableRow row;
  uint64_t rows = 0;
  while (*reader->Next(row)) rows += row.fault == RowFault::kNone ? 1 : 0;
  EXPECT_EQ(rows, 300000u);
  EXPECT_EQ(reader->position().line, 600001u);
  EXPECT_EQ(reader->position().row, 300000u);
}

}  // namespace
}  // namespace yixin
