#include "report/analyze_page.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

std::string Page(const ReportFacts& facts, int rows) {
  std::vector<ReportTask> tasks;
  tasks.push_back({"sentiment.zh", "心情", "中性", LabelSummary({"正面", "负面"})});
  for (int i = 0; i < rows; ++i) {
    ReportedRow row;
    row.line = static_cast<uint64_t>(i);
    row.text = i == 0 ? "<script>alert(1)</script>" : "房间很干净";
    row.label = i % 2 == 0 ? "正面" : "负面";
    row.confidence = 0.7;
    row.margin = 0.4;
    row.truth = "正面";
    row.day = 19000 + i;
    tasks[0].summary.Add(row);
  }
  return RenderAnalyzePage(facts, tasks);
}

TEST(AnalyzePage, HasWhatWasFoundAndNoMarkupOfTexts) {
  ReportFacts facts;
  facts.input = "a<b>.csv";
  facts.truth_column = "label";
  facts.date_column = "date";
  const std::string page = Page(facts, 10);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(1)"), std::string::npos);
  EXPECT_NE(page.find("a&lt;b&gt;.csv"), std::string::npos);
  for (const char* part : {"sentiment.zh", "50.0 % of 10 rows are right", "Over time",
                           "Read these first", "How sure"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
}

TEST(AnalyzePage, LeavesOutWhatIsNotThere) {
  const std::string page = Page({}, 10);
  EXPECT_EQ(page.find("Beside the truth"), std::string::npos);
  EXPECT_EQ(page.find("Over time"), std::string::npos);
  const std::string empty = Page({}, 0);
  EXPECT_EQ(empty.find("Read these first"), std::string::npos);
  EXPECT_NE(empty.find("sentiment.zh"), std::string::npos);
}

}  // namespace
}  // namespace yixin
