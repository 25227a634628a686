#include "cli/eval_view.h"

#include <gtest/gtest.h>

#include "cli/eval_example_test.h"
#include "cli/terminal.h"

namespace yixin {
namespace {

std::string Joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

TEST(EvalView, SaysWhatFailedAndWhatWasNotMeasured) {
  const Example example;
  const std::string shown = Joined(FormatEvaluation(example.evaluation, example.Figures()));
  for (const char* words :
       {"33.3 %", "+66.7", "one: 1 rows failed and count as wrong", "calibration: not measured",
        "4 rows were left out: no task has their label \"?\"", "中性 recall"}) {
    EXPECT_NE(shown.find(words), std::string::npos) << words << "\n" << shown;
  }
}

TEST(EvalView, ColumnsStandByWidthNotBytes) {
  const Example example;
  const auto lines = FormatEvaluation(example.evaluation, example.Figures());
  std::vector<size_t> widths;
  for (size_t i = 0; i + 3 < lines.size(); ++i) {
    if (lines[i].find("precision") == std::string::npos) continue;
    for (size_t k = 0; k < 4; ++k) widths.push_back(DisplayWidth(lines[i + k]));
  }
  ASSERT_EQ(widths.size(), 8u);
  // Two tables of four lines, each of its own width.
  for (size_t i = 0; i < widths.size(); ++i) EXPECT_EQ(widths[i], widths[i / 4 * 4]) << i;
}

TEST(EvalView, JsonHasNullForWhatIsNotThere) {
  const Example example;
  const Json json = EvaluationJson(example.evaluation, example.Figures());
  EXPECT_TRUE(json["settings"][1]["calibration"].is_null());
  EXPECT_TRUE(json["settings"][0]["versus_first"].is_null());
  EXPECT_EQ(json["settings"][0]["failed"], 1);
  EXPECT_EQ(json["settings"][0]["failures"][0]["line"], 3);
  EXPECT_EQ(json["settings"][0]["groups"]["neutral"]["classes"]["中性"]["recall"], 0.0);
  EXPECT_EQ(json["left_out"]["?"], 4);
}

}  // namespace
}  // namespace yixin
