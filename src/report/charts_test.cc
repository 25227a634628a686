#include "report/charts.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

const std::vector<std::string> kNames = {"正面", "负面", "中性", "<b>"};

TEST(Charts, ColoursSayWhatPeopleExpect) {
  const auto labels = ColourLabels(kNames, "中性");
  EXPECT_EQ(labels[0].colour, "var(--positive)");
  EXPECT_EQ(labels[1].colour, "var(--negative)");
  EXPECT_EQ(labels[2].colour, "var(--neutral)");
  EXPECT_EQ(labels[3].colour, "var(--other1)");
  const std::vector<std::string> many(30, "x");
  EXPECT_EQ(ColourLabels(many, "").size(), 30u);
}

TEST(Charts, SharesHaveTheirNumbers) {
  const auto labels = ColourLabels(kNames, "中性");
  const std::vector<uint64_t> counts = {6, 3, 1, 0};
  const std::string bars = ShareBars(labels, counts);
  EXPECT_NE(bars.find("60.0 %"), std::string::npos);
  EXPECT_NE(bars.find("width:50.00%"), std::string::npos) << "of the largest";
  EXPECT_NE(bars.find("&lt;b&gt;"), std::string::npos);
  EXPECT_EQ(bars.find("<b>"), std::string::npos);
  const std::vector<uint64_t> none(4);
  EXPECT_NE(ShareBars(labels, none).find("0.0 %"), std::string::npos) << "no division by nothing";
}

TEST(Charts, AColumnForEveryBinThatHasRows) {
  const std::vector<uint64_t> counts = {0, 4, 0, 2};
  EXPECT_EQ(Count(Histogram(counts), "<rect"), 2u);
  const std::vector<uint64_t> none(4);
  EXPECT_EQ(Count(Histogram(none), "<rect"), 0u);
}

TEST(Charts, APointForEveryBin) {
  const std::vector<ReliabilityPoint> points = {{0.5, 0.4, 10}, {0.9, 1.0, 30}};
  const std::string chart = ReliabilityDiagram(points);
  EXPECT_EQ(Count(chart, "<circle"), 2u);
  EXPECT_NE(chart.find("0.90 → 100.0 % (30)"), std::string::npos);
}

TEST(Charts, TimeIsStacked) {
  const auto labels = ColourLabels(kNames, "中性");
  const std::vector<TimeSpan> spans = {
      {"2024-01", {1, 1, 0, 0}}, {"2024-02", {0, 0, 0, 0}}, {"2024-03", {4, 0, 0, 0}}};
  const std::string chart = ShareOverTime(labels, spans);
  EXPECT_EQ(Count(chart, "<rect"), 3u);
  EXPECT_NE(chart.find(">2024-01</small>"), std::string::npos);
  EXPECT_NE(chart.find(">2024-03</small>"), std::string::npos);
  EXPECT_EQ(Count(ShareOverTime(labels, {}), "<rect"), 0u);
}

TEST(Charts, Intervals) {
  const std::vector<ChartInterval> intervals = {{"<a>", 0.84, 0.81, 0.87}, {"b", 0.79, 0.71, 0.85}};
  const std::string chart = IntervalChart(intervals);
  EXPECT_EQ(Count(chart, "<circle"), 2u);
  EXPECT_NE(chart.find("&lt;a&gt;"), std::string::npos);
  EXPECT_NE(chart.find(">70 %</text>"), std::string::npos) << "the scale begins below the lowest";
  EXPECT_NE(chart.find(">90 %</text>"), std::string::npos);
  EXPECT_NE(chart.find("84.0 % (81.0 to 87.0)"), std::string::npos);
  const std::vector<ChartInterval> certain = {{"c", 1, 1, 1}};
  EXPECT_EQ(IntervalChart(certain).find("nan"), std::string::npos);
}

TEST(Charts, TruthAndAnswers) {
  const std::vector<std::string> names = {"a", "b"};
  const std::string table = ConfusionTable(ColourLabels(names, ""), {{7, 1}, {2, 9}});
  EXPECT_EQ(Count(table, "<tr>"), 3u);
  EXPECT_NE(table.find(">7</td>"), std::string::npos);
}

}  // namespace
}  // namespace yixin
