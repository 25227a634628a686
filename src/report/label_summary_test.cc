#include "report/label_summary.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "report/calendar.h"

namespace yixin {
namespace {

ReportedRow Row(uint64_t line, const std::string& label, double confidence,
                const std::string& truth = "") {
  ReportedRow row;
  row.line = line;
  row.text = "文本" + std::to_string(line);
  row.label = label;
  row.confidence = confidence;
  row.margin = 2 * confidence - 1;
  row.truth = truth;
  return row;
}

TEST(LabelSummary, Counts) {
  LabelSummary summary({"好", "坏"});
  summary.Add(Row(1, "好", 1.0, "好"));
  summary.Add(Row(2, "好", 0.52, "坏"));
  summary.Add(Row(3, "坏", 0.99, "别的"));
  summary.Add(Row(4, "没有", 0.9));
  summary.AddFailed();
  EXPECT_EQ(summary.rows(), 3u);
  EXPECT_EQ(summary.failed(), 2u);
  EXPECT_EQ(summary.counts(), (std::vector<uint64_t>{2, 1}));
  EXPECT_EQ(summary.histogram()[19], 2u);
  EXPECT_EQ(summary.histogram()[10], 1u);
  EXPECT_EQ(summary.judged(), 2u);
  EXPECT_EQ(summary.right(), 1u);
  EXPECT_EQ(summary.unknown_truths(), 1u);
  EXPECT_EQ(summary.confusion()[1][0], 1u);
}

TEST(LabelSummary, ReliabilityAndItsError) {
  LabelSummary summary({"好", "坏"});
  for (uint64_t i = 0; i < 10; ++i) summary.Add(Row(i, "好", 0.75, i < 5 ? "好" : "坏"));
  const auto points = summary.Reliability();
  ASSERT_EQ(points.size(), 1u);
  EXPECT_NEAR(points[0].confidence, 0.75, 1e-12);
  EXPECT_NEAR(points[0].accuracy, 0.5, 1e-12);
  EXPECT_NEAR(summary.CalibrationError(), 0.25, 1e-12);
  EXPECT_EQ(LabelSummary({"好"}).CalibrationError(), 0);
}

TEST(LabelSummary, TheLeastCertainFirstAndNoMoreThanAreShown) {
  LabelSummary summary({"好", "坏"});
  for (uint64_t i = 0; i < 100; ++i) {
    summary.Add(Row(i, "好", 0.5 + 0.005 * static_cast<double>((i * 37) % 100)));
  }
  const auto rows = summary.Uncertain();
  ASSERT_EQ(rows.size(), LabelSummary::kUncertainRows);
  EXPECT_EQ(rows[0].line, 0u);
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(),
                             [](const auto& a, const auto& b) { return a.margin < b.margin; }));
  EXPECT_LT(rows.back().confidence, 0.63);
}

TEST(LabelSummary, ALongTextIsShownInPartAndNeverHalfACharacter) {
  LabelSummary summary({"好"});
  ReportedRow row = Row(1, "好", 0.5);
  row.text = "a";
  for (int i = 0; i < 1000; ++i) row.text += "长";
  summary.Add(row);
  const std::string shown = summary.Uncertain()[0].text;
  EXPECT_LT(shown.size(), 610u);
  EXPECT_TRUE(shown.ends_with("长…"));
}

TEST(LabelSummary, SpansWithoutRowsAreThere) {
  LabelSummary summary({"好", "坏"});
  for (const char* date : {"2024-01-05", "2024-01-05", "2024-01-08"}) {
    ReportedRow row = Row(1, "坏", 0.9);
    row.day = ParseDate(date);
    summary.Add(row);
  }
  summary.Add(Row(2, "好", 0.9));
  EXPECT_EQ(summary.dated(), 3u);
  const auto spans = summary.OverTime();
  ASSERT_EQ(spans.size(), 4u);
  EXPECT_EQ(spans[0].name, "2024-01-05");
  EXPECT_EQ(spans[0].counts, (std::vector<uint64_t>{0, 2}));
  EXPECT_EQ(spans[1].counts, (std::vector<uint64_t>{0, 0}));
  EXPECT_EQ(spans[3].counts, (std::vector<uint64_t>{0, 1}));
}

}  // namespace
}  // namespace yixin
