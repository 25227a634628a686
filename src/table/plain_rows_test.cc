#include "table/plain_rows.h"

#include <gtest/gtest.h>

#include "table/read_rows_test.h"

namespace yixin {
namespace {

TEST(PlainRowsTest, ARowALine) {
  const TableOptions options{
      .format = TableFormat::kPlainLines, .encoding = TextEncoding::kUtf8, .max_row_bytes = 8};
  const std::string_view text = "a, \"b\r\n\n123456789\nx\xFFy\nlast";
  for (const size_t chunk : {1, 7, 4096}) {
    const std::vector<TableRow> rows = ReadText(text, options, chunk);
    ASSERT_EQ(rows.size(), 5u);
    EXPECT_EQ(rows[0].cells, Cells{"a, \"b"});
    EXPECT_EQ(rows[1].cells, Cells{""});
    EXPECT_EQ(rows[2].message, "line 3: the line is longer than the limit of 8 bytes");
    EXPECT_EQ(rows[3].fault, RowFault::kInvalidBytes);
    EXPECT_EQ(rows[3].cells, Cells{"x\uFFFDy"});
    EXPECT_EQ(rows[4].cells, Cells{"last"});
    EXPECT_EQ(rows[4].position.line, 5u);
    EXPECT_EQ(rows[4].position.row, 4u);
  }
}

TEST(PlainRowsTest, GoesOnWhereItIsTold) {
  const TableOptions options{.format = TableFormat::kPlainLines};
  Result<RowReader> reader = OpenText("a\nb\nc\n", options);
  ASSERT_TRUE(reader);
  TableRow row;
  ASSERT_TRUE(*reader->Next(row));
  Result<RowReader> again = OpenText("a\nb\nc\n", options);
  ASSERT_TRUE(again);
  ASSERT_TRUE(again->SkipTo(reader->position()));
  EXPECT_EQ(Seen(ReadRows(*again)), Seen(ReadRows(*reader)));
}

}  // namespace
}  // namespace yixin
