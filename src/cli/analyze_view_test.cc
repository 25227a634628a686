#include "cli/analyze_view.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace yixin {
namespace {

BulkCounts Counts() {
  BulkCounts counts;
  counts.rows = 100;
  counts.failed = 2;
  counts.reused = 10;
  counts.failures = {{"invalid_text", 2}};
  counts.labels = {{{"负面", 30}, {"正面", 68}}};
  return counts;
}

RunPace Pace() {
  RunPace pace;
  pace.rows = 100;
  pace.computed = 90;
  pace.seconds = 2;
  pace.first_share = 0;
  pace.share = 0.25;
  return pace;
}

TEST(AnalyzeView, Pace) {
  EXPECT_EQ(FormatPace(Counts(), Pace()),
            "100 rows  50 rows/s  0:06 left  正面 68 · 负面 30 · 2 failed");
  RunPace unknown = Pace();
  unknown.share.reset();
  EXPECT_EQ(FormatPace({}, unknown), "0 rows  50 rows/s");
  EXPECT_FALSE(RunPace().seconds_left());
  EXPECT_EQ(RunPace().rows_per_s(), 0);
}

TEST(AnalyzeView, ARunThatWentOnCountsItsOwnShare) {
  RunPace pace = Pace();
  pace.first_share = 0.5;
  pace.share = 0.75;
  EXPECT_NEAR(*pace.seconds_left(), 2, 1e-9);
  pace.share = 1.5;  // a file that grew
  EXPECT_EQ(*pace.seconds_left(), 0);
}

TEST(AnalyzeView, FirstRows) {
  setenv("TZ", "UTC", 1);
  tzset();
  const auto lines = FormatFirstRows({{3, "好\n书", "正面"}, {4, std::string(500, 'x'), "b"}},
                                     Pace(), 3600 * 24 * 365);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "50 rows/s; done at 00:00, in 0:06");
  EXPECT_EQ(lines[1], "  line 3  😄 正面  好 书");
  EXPECT_LT(lines[2].size(), 100u);
}

TEST(AnalyzeView, Summary) {
  AnalyzeFacts facts;
  facts.input = "in.csv";
  facts.tasks = {"mood"};
  facts.output = "out.csv";
  std::string text;
  for (const std::string& line : FormatSummary(facts, Counts(), Pace())) text += line + "\n";
  EXPECT_NE(text.find("mood  正面 68 · 负面 30"), std::string::npos) << text;
  EXPECT_NE(text.find("rows    100, 2 failed (invalid_text 2)"), std::string::npos) << text;
  EXPECT_NE(text.find("50 rows/s, 45 of them computed"), std::string::npos) << text;
  const Json json = SummaryJson(facts, Counts(), Pace());
  EXPECT_EQ(json["labels"]["mood"]["正面"], 68);
  EXPECT_EQ(json["computed_per_s"], 45);
}

TEST(AnalyzeView, RatingsAndTheExport) {
  AnalyzeFacts facts;
  facts.tasks = {"mood"};
  facts.run = {{"the input", "abc"}};
  EXPECT_TRUE(SummaryJson(facts, Counts(), Pace())["compared"].is_null());
  facts.compared = "stars";
  facts.compared_scale = "1-5";
  facts.exported = "x.json";
  facts.exported_tasks = 7;
  facts.exported_interface = "<View/>";
  BulkCounts counts = Counts();
  counts.compared = {90, 6, 2, {}};
  for (uint64_t line = 1; line <= 6; ++line) {
    counts.compared.surest.push_back({line, "5", "负面", 0.9, "太\n差"});
  }
  std::string text;
  for (const std::string& line : FormatSummary(facts, counts, Pace())) text += line + "\n";
  for (const char* expected :
       {"\"stars\", 1-5: 90 rows agree with their text, 6 say the opposite, 2 neither",
        "line 5  5  but 负面 by 0.90  太 差", "mood.agrees is false", "x.json: 7 tasks",
        "<View/>"}) {
    EXPECT_NE(text.find(expected), std::string::npos) << text;
  }
  EXPECT_EQ(text.find("line 6  5"), std::string::npos) << "the others are in the JSON";
  const Json json = SummaryJson(facts, counts, Pace());
  EXPECT_EQ(json["compared"]["surest"].size(), 6u);
  EXPECT_EQ(json["compared"]["disagreeing"], 6);
  EXPECT_EQ(json["exported"], "x.json");
  EXPECT_EQ(json["run"]["the input"], "abc");
}

TEST(AnalyzeView, ManyLabelsAreOneLine) {
  BulkCounts counts;
  counts.labels.resize(1);
  for (int i = 0; i < 100; ++i) counts.labels[0]["label" + std::to_string(i)] = 1;
  EXPECT_LT(FormatPace(counts, {}).size(), 200u);
  EXPECT_NE(FormatPace(counts, {}).find("92 more"), std::string::npos);
}

TEST(AnalyzeView, ShellCommand) {
  EXPECT_EQ(ShellCommand({"yixin", "a b", "评论.csv", "it's", "", "$x", "--k=v"}),
            "yixin 'a b' 评论.csv 'it'\\''s' '' '$x' --k=v");
}

}  // namespace
}  // namespace yixin
