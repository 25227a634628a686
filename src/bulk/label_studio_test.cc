#include "bulk/label_studio.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "bulk/result_table_test.h"
#include "support/temporary_folder.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

class LabelStudioTest : public testing::Test {
 protected:
  std::string path() const { return folder_.path() / "tasks.json"; }
  std::string out() const { return folder_.path() / "out.csv"; }
  Json Export(const ResultTable& table, uint64_t left_out = 0) {
    const auto counts = ExportLabelStudio(table, path(), "tiny", nullptr);
    EXPECT_TRUE(counts) << counts.error().message;
    std::stringstream text;
    text << std::ifstream(path()).rdbuf();
    Json json = Json::parse(text.str());
    EXPECT_EQ(counts->tasks, json.size());
    EXPECT_EQ(counts->left_out, left_out);
    EXPECT_EQ(folder_.count(), 2u) << "nothing half-written is left";
    return json;
  }

  TemporaryFolder folder_;
};

TEST_F(LabelStudioTest, RowsAreTasksAndLabelsPredictions) {
  const Json tasks = Export(WriteResults(
      out(), "{\"text\":\"好\",\"id\":1}\n{\"text\":\"bad\",\"id\":2}\n", {}, {kMoodTask}));
  ASSERT_EQ(tasks.size(), 2u);
  EXPECT_EQ(tasks[1], Json::parse(R"({
    "data": {"text": "bad", "id": "2"},
    "predictions": [{"model_version": "tiny", "score": 0.875, "result": [
      {"from_name": "mood_zh", "to_name": "text", "type": "choices", "value": {"choices": ["bad"]}}
    ]}]})"));
}

TEST_F(LabelStudioTest, SeveralTasksAreOnePrediction) {
  const Json tasks =
      Export(WriteResults(out(), "{\"text\":\"好\"}\n", {}, {kMoodTask, kWrittenTask}));
  const Json& prediction = tasks[0]["predictions"][0];
  EXPECT_EQ(prediction["result"].size(), 2u);
  EXPECT_EQ(prediction["result"][1]["from_name"], "written");
  EXPECT_EQ(prediction["score"], 0.75);
  const Json alone = Export(WriteResults(out(), "{\"text\":\"好\"}\n", {}, {kWrittenTask}));
  EXPECT_FALSE(alone[0]["predictions"][0].contains("score")) << "mode generate has none";
}

TEST_F(LabelStudioTest, RowsThatFailed) {
  const RowWriterOptions lines{.format = TableFormat::kJsonLines};
  ResultTable table = WriteResults(
      out(), "{\"text\":\"好\",\"more\":{\"a\":[1]}}\n{\"text\":\"\"}\n", lines, {kMoodTask});
  std::ofstream(out(), std::ios::app)
      << "nonsense\n{\"text\":\"b\",\"mood.zh\":{\"error\":\"x\"}}\n";
  const Json tasks = Export(table, 2);
  ASSERT_EQ(tasks.size(), 2u);
  EXPECT_EQ(tasks[0]["data"]["more"], Json::parse("{\"a\":[1]}"));
  EXPECT_EQ(tasks[1], Json::parse(R"({"data": {"text": "b"}, "predictions": []})"));
}

TEST_F(LabelStudioTest, AnotherColumnThatIsCalledText) {
  ResultTable table = WriteResults(out(), "{\"text\":\"好\",\"body\":\"店\"}\n", {}, {kMoodTask});
  table.text_column = "body";
  EXPECT_EQ(Export(table)[0]["data"], Json::parse(R"({"text": "店", "column.text": "好"})"));
}

TEST_F(LabelStudioTest, NoRowsAndNoFile) {
  const ResultTable table = WriteResults(out(), "{\"text\":\"\"}\n", {}, {kMoodTask});
  EXPECT_EQ(Export(table, 1), Json::array());
  StopFlag stop;
  stop.Request();
  std::ofstream(path()) << "old";
  const auto stopped = ExportLabelStudio(table, path(), "tiny", &stop);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(std::ifstream(path()).get(), 'o') << "what was there stays";
  EXPECT_EQ(folder_.count(), 2u);
  const auto nowhere = ExportLabelStudio(table, folder_.path() / "no" / "x.json", "t", nullptr);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::kIo);
  std::ofstream(out(), std::ios::trunc).close();
  EXPECT_EQ(Export(table), Json::array()) << "JSONL of no rows is an empty file";
}

TEST(LabelStudio, Interface) {
  EXPECT_EQ(LabelStudioInterface({"mood.zh"}, {{"正面", "a<\"b\""}}),
            "<View><Text name=\"text\" value=\"$text\"/><Choices name=\"mood_zh\" toName=\"text\">"
            "<Choice value=\"正面\"/><Choice value=\"a&lt;&quot;b&quot;\"/></Choices></View>");
}

}  // namespace
}  // namespace yixin
