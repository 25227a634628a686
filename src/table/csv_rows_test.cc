#include "table/csv_rows.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "table/read_rows_test.h"

namespace yixin {
namespace {

constexpr size_t kMegabyte = size_t{1} << 20;

std::vector<TableRow> Rows(std::string_view text, const CsvDialect& dialect = {},
                           size_t max_row_bytes = 16 * kMegabyte, size_t chunk = SIZE_MAX) {
  TextLines lines = *TextLines::Create(std::make_unique<MemorySource>(text, chunk), "",
                                       {.max_line_bytes = max_row_bytes});
  CsvRows rows(std::move(lines), dialect, max_row_bytes);
  return ReadRows(rows);
}

Cells CellsOf(std::string_view text, const CsvDialect& dialect = {}) {
  const std::vector<TableRow> rows = Rows(text, dialect);
  EXPECT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows.at(0).message, "");
  return rows.at(0).cells;
}

// "1 2,3": line and cell count of each good row, "5!open_quote" for a bad one.
std::string Outline(const std::vector<TableRow>& rows) {
  std::string words;
  for (const TableRow& row : rows) {
    if (!words.empty()) words += ' ';
    words += std::to_string(row.position.line);
    const bool is_good = row.fault == RowFault::kNone;
    words += is_good ? '/' : '!';
    words += is_good ? std::to_string(row.cells.size()) : RowFaultName(row.fault);
  }
  return words;
}

TEST(CsvRowsTest, CellsOfRfc4180) {
  EXPECT_EQ(CellsOf("a,b,c"), (Cells{"a", "b", "c"}));
  EXPECT_EQ(CellsOf(",,\n"), (Cells{"", "", ""}));
  EXPECT_EQ(CellsOf("\"a,b\",\"say \"\"hi\"\"\",\"\"\r\n"), (Cells{"a,b", "say \"hi\"", ""}));
  EXPECT_EQ(CellsOf("\"two\r\nlines\n\n\",x\n"), (Cells{"two\r\nlines\n\n", "x"}));
  EXPECT_EQ(CellsOf("\"\"\"\"\n"), (Cells{"\""}));
  EXPECT_EQ(CellsOf("\"\"\n"), (Cells{""}));
}

TEST(CsvRowsTest, LenientWhereItIsClear) {
  EXPECT_EQ(CellsOf("5\" screen,a\"\"b"), (Cells{"5\" screen", "a\"\"b"}));
  EXPECT_EQ(CellsOf("a, \"b, c\" ,d"), (Cells{"a", "b, c", "d"}));
  EXPECT_EQ(CellsOf(" a , b "), (Cells{" a ", " b "}));
}

TEST(CsvRowsTest, OtherDialects) {
  EXPECT_EQ(CellsOf("a\t\"b\tc\"", {'\t', '"'}), (Cells{"a", "b\tc"}));
  EXPECT_EQ(CellsOf("a\t\"b\tc\"", {'\t', '\0'}), (Cells{"a", "\"b", "c\""}));
  EXPECT_EQ(CellsOf("a,'b,''c'", {',', '\''}), (Cells{"a", "b,'c"}));
  EXPECT_EQ(CellsOf("a,b;\tc", {'\0', '"'}), (Cells{"a,b;\tc"}));
  EXPECT_EQ(CellsOf("\"a\nb\"", {'\0', '"'}), (Cells{"a\nb"}));
}

TEST(CsvRowsTest, BlankLinesAreNoRows) {
  EXPECT_EQ(Outline(Rows("\n\r\na,b\n\n\nc,d\n\n")), "3/2 6/2");
  EXPECT_EQ(Outline(Rows("")), "");
}

TEST(CsvRowsTest, LinesAndOffsets) {
  const std::vector<TableRow> rows = Rows("h\r\n\"a\r\nb\"\r\nc");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].position.offset, 3u);
  EXPECT_EQ(rows[1].position.line, 2u);
  EXPECT_EQ(rows[2].position.offset, 11u);
  EXPECT_EQ(rows[2].position.line, 4u);
  EXPECT_EQ(rows[2].position.row, 2u);
}

TEST(CsvRowsTest, AnOpenQuoteCostsItsOwnRow) {
  const std::vector<TableRow> rows = Rows("1,a\n2,\"b\n3,c\n4,d\n");
  EXPECT_EQ(Outline(rows), "1/2 2!open_quote 3/2 4/2");
  EXPECT_EQ(rows[1].raw, "2,\"b");
  EXPECT_EQ(rows[1].message,
            "line 2: a quote opens in cell 2 and nothing closes it (looked for to line 4)");
}

TEST(CsvRowsTest, AStrayQuoteDoesNotSwallowTheNextQuotedCell) {
  // The stray quote of line 2 closes at the opening quote of line 4.
  EXPECT_EQ(Outline(Rows("1,a\n2,\"b\n3,c\n4,\"d\n4\"\n5,e\n")),
            "1/2 2!text_after_quote 3/2 4/2 6/2");
  EXPECT_EQ(Outline(Rows("\"他说\"好\"了\",1\n\"好\",1\n")), "1!text_after_quote 2/2");
}

TEST(CsvRowsTest, LinesPassedInVainAreReadSingly) {
  // Entered inside quotes or outside, the third line ends inside.
  const std::vector<TableRow> rows = Rows("1,a\n2,\"b\nx\",\"\"\",\ny\n");
  EXPECT_EQ(Outline(rows), "1/2 2!open_quote 3!open_quote 4/1");
  EXPECT_EQ(rows[2].message, "line 3: a quote opens in cell 2 and nothing closes it");
}

TEST(CsvRowsTest, TheLimitIsOfAllLinesOfARow) {
  std::string text = "1,\"";
  for (int i = 0; i < 100; ++i) text += "line\n";
  text += "\",x\n2,y\n";
  EXPECT_EQ(Outline(Rows(text)), "1/3 102/2");
  const std::vector<TableRow> rows = Rows(text, {}, 1000);
  EXPECT_EQ(rows[0].fault, RowFault::kOpenQuote);
  EXPECT_EQ(rows.back().cells, (Cells{"2", "y"}));
}

TEST(CsvRowsTest, ACellOfTenMegabytes) {
  const std::string cell(10 * kMegabyte, 'x');
  const std::vector<TableRow> rows = Rows("a,\"" + cell + "\"\nb," + cell + "\nc,d\n");
  ASSERT_EQ(Outline(rows), "1/2 2/2 3/2");
  EXPECT_TRUE(rows[0].cells[1] == cell && rows[1].cells[1] == cell);
  EXPECT_EQ(Outline(Rows("a," + cell + "\nb,c\n", {}, kMegabyte)), "1!too_long 2/2");
  EXPECT_EQ(Outline(Rows("a,\"x\n" + cell + "\nb,c\n", {}, kMegabyte)),
            "1!open_quote 2!too_long 3/2");
}

TEST(CsvRowsTest, TooManyCells) {
  EXPECT_EQ(
      Outline(Rows(std::string(kMaxCells - 1, ',') + "\n" + std::string(kMaxCells, ',') + "\na\n")),
      "1/" + std::to_string(kMaxCells) + " 2!too_many_cells 3/1");
}

TEST(CsvRowsTest, BrokenBytesFailTheirRow) {
  const std::vector<TableRow> rows = Rows("1,a\n2,\"b\n\xFF\"\n3,c\n");
  ASSERT_EQ(Outline(rows), "1/2 2!invalid_bytes 4/2");
  EXPECT_EQ(rows[1].cells[1], "b\n\uFFFD");
}

// Each line, entered inside or outside quotes, leaves inside: without the reader's care every line
// would be read to the end of the file.
TEST(CsvRowsTest, QuotesThatNeverCloseTakeLinearTime) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "x\",\"\"\",\n";
  const std::vector<TableRow> rows = Rows(text);
  EXPECT_EQ(rows.size(), 100000u);
  std::string open = "\"";
  for (int i = 0; i < 200000; ++i) open += "\n";
  EXPECT_EQ(Outline(Rows(open + "a,b\n")), "1!open_quote 200001/2");
}

TEST(CsvRowsTest, SameRowsInAnyPieces) {
  const std::string_view text =
      "a,b\r\n\r\n\"x\r\ny\",1\r\nbad\",\"\n\"open,2\n3,\"q\"z\n4,d\xFF\nlast";
  const std::vector<std::string> expected = Seen(Rows(text));
  for (const size_t chunk : {1, 7, 4096}) {
    EXPECT_EQ(Seen(Rows(text, {}, 16 * kMegabyte, chunk)), expected);
  }
}

TEST(CsvRowsTest, AnyBytesInAnyPiecesAndFromAnyRowOn) {
  EXPECT_TRUE(rc::check([] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::element('a', ',', '"', '\n', '\r', ' ', '\xFF'));
    const auto max = *rc::gen::inRange<size_t>(1, 300);
    const std::vector<std::string> all = Seen(Rows(text, {}, max));
    RC_ASSERT(Seen(Rows(text, {}, max, 1)) == all);
    // A second reader goes on where the first one stood.
    TextLines lines =
        *TextLines::Create(std::make_unique<MemorySource>(text), "", {.max_line_bytes = max});
    CsvRows first(std::move(lines), {}, max);
    TableRow row;
    for (size_t i = 0; i <= all.size(); ++i) {
      TextLines again =
          *TextLines::Create(std::make_unique<MemorySource>(text), "", {.max_line_bytes = max});
      CsvRows second(std::move(again), {}, max);
      RC_ASSERT(second.SkipTo(first.position()).has_value());
      const std::vector<std::string> rest(all.begin() + static_cast<std::ptrdiff_t>(i), all.end());
      RC_ASSERT(Seen(ReadRows(second)) == rest);
      (void)first.Next(row);
    }
  }));
}

}  // namespace
}  // namespace yixin
