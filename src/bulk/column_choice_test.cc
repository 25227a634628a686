#include "bulk/column_choice.h"

#include <gtest/gtest.h>

#include "bulk/table_in_memory_test.h"

namespace yixin {
namespace {

Result<ColumnChoice> Choose(const std::string& text, const std::string& given = "",
                            TableFormat format = TableFormat::kCsv) {
  TableOptions options;
  options.format = format;
  if (format == TableFormat::kCsv) options.header = true;
  RowReader reader = OpenTable(text, options);
  const std::vector<TableRow> rows = AllRows(reader);
  return ChooseTextColumn(reader, given, rows);
}

TEST(ColumnChoice, ByName) {
  EXPECT_EQ(Choose("id,Review,title\n1,好,书\n")->column, 1u);
  EXPECT_EQ(Choose("编号,评论\n1,好\n")->column, 1u);
  EXPECT_EQ(Choose("正文,标题\n好,书\n")->column, 0u);
  EXPECT_EQ(Choose("a,b\n好,书\n", "b")->column, 1u) << "as it is given";
  EXPECT_EQ(Choose("text,b\n好,书\n", "b")->column, 1u) << "over a name";
  EXPECT_EQ(Choose("好评\n差评\n", "", TableFormat::kPlainLines)->column, 0u);
}

TEST(ColumnChoice, TheOnlyTextColumn) {
  EXPECT_EQ(Choose("id,words,date,stars\n1,很好,2024-01-02,5\n2,差,2024-01-03 10:00,1.5\n")->column,
            1u);
  EXPECT_EQ(Choose("x\n5\n")->why, "the only column");
  // Most cells decide: a review may be a number.
  EXPECT_EQ(Choose("id,x\n1,666\n2,好\n3,差\n")->column, 1u);
  EXPECT_EQ(Choose("{\"n\":1,\"x\":\"好\",\"l\":[\"a\"]}\n", "", TableFormat::kJsonLines)->column,
            1u);
}

TEST(ColumnChoice, NeverAGuess) {
  const auto expect_refused = [](const Result<ColumnChoice>& choice) {
    ASSERT_FALSE(choice);
    EXPECT_EQ(choice.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(choice.error().message.find("'a', 'b'"), std::string::npos) << choice.error().message;
  };
  expect_refused(Choose("a,b\n好,书\n"));
  expect_refused(Choose("a,b\n1,2\n"));
  expect_refused(Choose("a,b,text,comment\n1,2,好,差\n"));
  EXPECT_EQ(Choose("a,b\n好,书\n", "c").error().code, ErrorCode::kNotFound);
}

TEST(ColumnChoice, OnlyBadRows) {
  const auto choice = Choose("nonsense\n[1]\n", "", TableFormat::kJsonLines);
  ASSERT_FALSE(choice);
  EXPECT_EQ(choice.error().code, ErrorCode::kInvalidFile);
  EXPECT_NE(choice.error().message.find("line 1"), std::string::npos) << choice.error().message;
}

}  // namespace
}  // namespace yixin
