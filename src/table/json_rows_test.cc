#include "table/json_rows.h"

#include <gtest/gtest.h>

#include "table/json_fields.h"
#include "table/read_rows_test.h"

namespace yixin {
namespace {

RowFault FaultOf(std::string_view text) { return ParseJsonFields(text, 64).fault; }

// The cell of {"k": VALUE}.
std::string CellOf(const std::string& value, CellKind kind) {
  const JsonFields parsed = ParseJsonFields("{\"k\": " + value + "}", 64);
  EXPECT_EQ(parsed.fault, RowFault::kNone) << parsed.message;
  EXPECT_EQ(parsed.fields.size(), 1u);
  EXPECT_EQ(parsed.fields.at(0).kind, kind) << value;
  return parsed.fields.at(0).text;
}

TEST(JsonFieldsTest, ValuesAsText) {
  EXPECT_EQ(CellOf(R"("a\n\u597d\"")", CellKind::kText), "a\n好\"");
  EXPECT_EQ(CellOf("null", CellKind::kNull), "");
  EXPECT_EQ(CellOf("true", CellKind::kScalar), "true");
  EXPECT_EQ(CellOf("-12", CellKind::kScalar), "-12");
  EXPECT_EQ(CellOf("1.50", CellKind::kScalar), "1.50");
  EXPECT_EQ(CellOf("12345678901234567890123", CellKind::kScalar), "12345678901234567890123");
  EXPECT_EQ(CellOf(R"([ ])", CellKind::kNested), "[]");
  EXPECT_EQ(CellOf(R"({ "b" : [1, 2.0, "x\"", null, {}, []], "a": {"c": false, "d":[[3]]} })",
                   CellKind::kNested),
            R"({"b":[1,2.0,"x\"",null,{},[]],"a":{"c":false,"d":[[3]]}})");
}

TEST(JsonFieldsTest, OrderIsTheObjects) {
  const JsonFields parsed = ParseJsonFields(R"({"z":1,"a":{"q":0},"m":"x"})", 64);
  ASSERT_EQ(parsed.fields.size(), 3u);
  EXPECT_EQ(parsed.fields[0].key + parsed.fields[1].key + parsed.fields[2].key, "zam");
  EXPECT_TRUE(ParseJsonFields("{}", 64).fields.empty());
}

TEST(JsonFieldsTest, Faults) {
  for (const char* text : {"[1]", "\"a\"", "5", "null", "", "\xEF\xBB\xBF{}", "x"}) {
    EXPECT_EQ(FaultOf(text), RowFault::kNotAnObject) << text;
  }
  for (const char* text : {"{", "{\"a\"", "{\"a\":}", "{\"a\":1,}", "{'a':1}", "{\"a\":1} x",
                           "{\"a\":NaN}", "{\"a\":1e999}", "{\"a\":\"\\ud800\"}", "{\"a\":01}"}) {
    EXPECT_EQ(FaultOf(text), RowFault::kNotJson) << text;
  }
  for (const char* text : {R"({"a":1,"a":2})", R"({"a":{"b":1,"b":1}})", R"({"a":1,"\u0061":2})",
                           R"({"a":[{"b":1,"b":1}]})"}) {
    EXPECT_EQ(FaultOf(text), RowFault::kDuplicateKey) << text;
  }
  EXPECT_EQ(FaultOf(R"({"a":{"a":[{"a":1},{"a":2}]}})"), RowFault::kNone);
}

TEST(JsonFieldsTest, ANulIsNoEnd) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {"{\"a\":1}\0"sv, "{\"a\":1}\0x"sv, "{\"a\":\"\0\"}"sv}) {
    EXPECT_EQ(FaultOf(text), RowFault::kNotJson);
  }
  EXPECT_EQ(CellOf(R"("\u0000")", CellKind::kText), std::string(1, '\0'));
}

TEST(JsonFieldsTest, DepthIsLimited) {
  const auto nested = [](size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_EQ(FaultOf(nested(64)), RowFault::kNone);
  EXPECT_EQ(FaultOf(nested(65)), RowFault::kTooDeep);
  EXPECT_EQ(FaultOf(nested(100000)), RowFault::kTooDeep);
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  EXPECT_EQ(FaultOf(objects), RowFault::kTooDeep);
}

TEST(JsonFieldsTest, KeysAreLimited) {
  std::string text = "{";
  for (size_t i = 0; i < kMaxCells; ++i)
    text.append("\"").append(std::to_string(i)).append("\":0,");
  EXPECT_EQ(FaultOf(text + "\"x\":0}"), RowFault::kTooManyCells);
  text.back() = '}';
  EXPECT_EQ(FaultOf(text), RowFault::kNone);
}

const TableOptions kJson{.format = TableFormat::kJsonLines};

TEST(JsonRowsTest, FieldsBecomeCells) {
  const std::vector<TableRow> rows = ReadText(
      "{\"text\": \"好\", \"n\": 1}\n\n  \r\n {\"n\": null, \"text\": \"坏\"} \r\n{\"n\":2}",
      kJson);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].cells, (Cells{"好", "1"}));
  EXPECT_EQ(rows[0].raw, "{\"text\": \"好\", \"n\": 1}");
  EXPECT_EQ(rows[1].cells, (Cells{"坏", ""}));
  EXPECT_EQ(rows[1].kinds[1], CellKind::kNull);
  EXPECT_EQ(rows[1].raw, "{\"n\": null, \"text\": \"坏\"}");
  EXPECT_EQ(rows[1].position.line, 4u);
  EXPECT_EQ(rows[2].kinds[0], CellKind::kAbsent);
  EXPECT_EQ(rows[2].position.row, 2u);
}

TEST(JsonRowsTest, BadRowsAreRows) {
  const std::string long_line = "{\"text\":\"" + std::string(3000, 'x') + "\"}";
  const std::string text = "{\"text\":\"a\"}\nnonsense\n" + long_line + "\n{\"text\":\"\xFF\"}\n" +
                           std::string(2000, '[') + "\n{\"text\":1,\"text\":2}\n{\"text\":\"z\"}";
  TableOptions options = kJson;
  options.max_row_bytes = 2500;
  options.encoding = TextEncoding::kUtf8;
  std::string faults;
  for (const TableRow& row : ReadText(text, options))
    faults += RowFaultName(row.fault) + std::string(" ");
  EXPECT_EQ(faults, " not_an_object too_long invalid_bytes not_an_object duplicate_key  ");
  for (const size_t chunk : {1, 7, 4096}) {
    EXPECT_EQ(Seen(ReadText(text, options, chunk)), Seen(ReadText(text, options)));
  }
  const std::vector<TableRow> rows = ReadText(text, options);
  EXPECT_EQ(rows[1].raw, "nonsense");
  EXPECT_EQ(rows[2].raw, "");
  EXPECT_EQ(rows[5].message, "line 6: the key 'text' is there twice");
}

TEST(JsonRowsTest, ColumnsAreTheKeysOfTheFirstRows) {
  TableOptions options = kJson;
  options.json_columns = {"label", "text"};
  const std::string text = "bad\n{\"id\":1,\"text\":\"a\"}\n{\"text\":\"b\",\"more\":[]}\n";
  const Result<RowReader> reader = OpenText(text, options);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->shape().columns, (Cells{"id", "text", "more", "label"}));
}

TEST(JsonRowsTest, LaterKeysAreNamed) {
  std::string text;
  while (text.size() < 300000) text += "{\"text\":\"a\"}\n";
  text += "{\"text\":\"b\",\"late\":1}\n";
  const std::vector<TableRow> rows = ReadText(text, kJson);
  EXPECT_EQ(rows.back().cells, Cells{"b"});
  EXPECT_EQ(rows.back().other_keys, Cells{"late"});
}

TEST(JsonRowsTest, GoesOnWhereItIsTold) {
  const std::string text = "{\"a\":1}\n\nbad\n{\"a\":2}\n{\"a\":3}\n";
  Result<RowReader> reader = OpenText(text, kJson);
  ASSERT_TRUE(reader);
  const std::vector<std::string> all = Seen(ReadText(text, kJson));
  TableRow row;
  for (size_t i = 0; i <= all.size(); ++i) {
    Result<RowReader> again = OpenText(text, kJson);
    ASSERT_TRUE(again && again->SkipTo(reader->position()));
    EXPECT_EQ(Seen(ReadRows(*again)),
              std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(i), all.end()));
    EXPECT_EQ(*reader->Next(row), i < all.size());
  }
}

}  // namespace
}  // namespace yixin
