#include "bulk/result_reader.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bulk/result_table_test.h"
#include "support/temporary_folder.h"

namespace yixin {
namespace {

constexpr const char* kRows =
    "{\"text\":\"好，\\\"店\\\"\\n换行\",\"id\":7,\"label\":\"x\"}\n"
    "{\"text\":\"=bad\",\"id\":\"-5\",\"label\":\"'=1\"}\n"
    "{\"text\":\"\",\"id\":null,\"label\":\"@a\"}\n";

std::vector<ResultRow> ReadAll(const ResultTable& table) {
  auto reader = ResultReader::Open(table, nullptr);
  EXPECT_TRUE(reader) << reader.error().message;
  std::vector<ResultRow> rows;
  ResultRow row;
  while (reader && *reader->Next(row)) rows.push_back(row);
  return rows;
}

class ResultReaderTest : public testing::TestWithParam<std::string> {
 protected:
  RowWriterOptions Format() const {
    RowWriterOptions options;
    if (GetParam() == "jsonl") options.format = TableFormat::kJsonLines;
    if (GetParam() == "tsv") options.delimiter = '\t';
    if (GetParam() == "gb18030") options.encoding = TextEncoding::kGb18030;
    return options;
  }
  std::string path() const { return folder_.path() / "out"; }

  TemporaryFolder folder_;
};

TEST_P(ResultReaderTest, GivesBackWhatWasWritten) {
  const auto rows = ReadAll(WriteResults(path(), kRows, Format(), {kMoodTask, kWrittenTask}));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].text, "好，\"店\"\n换行");
  EXPECT_EQ(rows[1].text, "=bad") << "without the ' that is for spreadsheets";
  using Others = std::vector<std::pair<std::string, std::string>>;
  const bool is_json = GetParam() == "jsonl";
  EXPECT_EQ(rows[0].others, (Others{{"id", is_json ? "7" : "\"7\""}, {"label", "\"x\""}}));
  EXPECT_EQ(rows[1].others[0].second, "\"-5\"");
  EXPECT_EQ(rows[2].others[1].second, "\"@a\"");
  ASSERT_EQ(rows[0].outcomes.size(), 2u);
  const TaskOutcome& mood = rows[1].outcomes[0];
  EXPECT_EQ(mood.label, "bad");
  EXPECT_EQ(mood.probs, (std::vector<double>{0.125, 0.875}));
  EXPECT_EQ(mood.margin, 0.5);
  EXPECT_EQ(mood.label_mass, 0.25);
  EXPECT_EQ(mood.error, "");
  EXPECT_EQ(rows[1].outcomes[1].label, "bad");
  EXPECT_TRUE(rows[1].outcomes[1].probs.empty());
  EXPECT_EQ(rows[2].outcomes[0].label, "");
  EXPECT_EQ(rows[2].outcomes[0].error, "invalid_text");
  EXPECT_EQ(rows[2].outcomes[1].message, "line 9: empty input");
  EXPECT_TRUE(std::isnan(rows[2].outcomes[0].probs[0]));
}

INSTANTIATE_TEST_SUITE_P(Formats, ResultReaderTest,
                         testing::Values("csv", "tsv", "gb18030", "jsonl"),
                         [](const auto& extension) { return extension.param; });

TEST(ResultReader, AnOutputThatSomebodyChanged) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "out.csv";
  ResultTable table = WriteResults(path, kRows, {}, {kMoodTask});
  std::ofstream(path, std::ios::app) << "a,b\n";
  const auto rows = ReadAll(table);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[3].outcomes[0].error, "cell_count");
  EXPECT_EQ(rows[3].line, 6u) << "a cell of the first row has two lines";
  table.tasks.push_back(kWrittenTask);
  const auto other = ResultReader::Open(table, nullptr);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kInvalidFile);
  EXPECT_NE(other.error().message.find("written.label"), std::string::npos);

  table = WriteResults(path, kRows, {.format = TableFormat::kJsonLines}, {kMoodTask});
  std::ofstream(path, std::ios::app)
      << "nonsense\n{\"text\":\"a\"}\n{\"text\":\"b\",\"mood.zh\":{\"label\":1,\"probs\":[]}}\n";
  const auto lines = ReadAll(table);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[3].outcomes[0].error, "not_an_object");
  EXPECT_EQ(lines[4].text, "a");
  EXPECT_EQ(lines[4].outcomes[0].error, "not_json");
  EXPECT_EQ(lines[5].outcomes[0].label, "");
  EXPECT_TRUE(std::isnan(lines[5].outcomes[0].probs[1]));
}

}  // namespace
}  // namespace yixin
