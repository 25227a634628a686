// What is said about a fit, and the task that is made of labels.
#include "cli/fit_view.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace yixin {
namespace {

FitResult SomeResult() {
  FitResult result;
  result.set.labels = {"正面", "负面"};
  result.set.counts = {60, 40};
  result.set.texts.assign(100, "x");
  result.set.contradictions = {{{3, 9}, {"正面", "负面"}}};
  result.set.unlabelled = 2;
  result.untaught = {.rows = 100, .right = 70, .accuracy = 0.7, .interval = {0.6, 0.78}};
  result.taught = {.rows = 100, .right = 80, .accuracy = 0.8, .interval = {0.71, 0.87}};
  result.difference = {0.1, {-0.01, 0.21}};
  result.folds = 5;
  result.curve = {{.rows = 50, .right = 75, .judged = 100}};
  result.strength = 0.001;
  result.head = LinearHead{{"正面", "负面"}, {14, 16}, {}, {}};
  return result;
}

bool Has(const std::vector<std::string>& lines, const std::string& words) {
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return line.find(words) != std::string::npos;
  });
}

TEST(FitView, SaysWhatWasLearnedAndWhatWasLeftOut) {
  FitFacts facts{.task = "sentiment.zh", .model = "m", .layers = 24};
  FitResult result = SomeResult();
  const auto lines = FormatFit(facts, result);
  EXPECT_TRUE(Has(lines, "100: 正面 60 · 负面 40"));
  EXPECT_TRUE(Has(lines, "untaught   70.0 % right (95 %: 60.0 to 78.0)"));
  EXPECT_TRUE(Has(lines, "taught     80.0 %"));
  EXPECT_TRUE(Has(lines, "+10.0 points (95 %: -1.0 to +21.0)"));
  EXPECT_TRUE(Has(lines, "50: 75.0 % · 80: 80.0 %"));
  EXPECT_TRUE(Has(lines, "layer 14 and 16 of 24"));
  EXPECT_TRUE(Has(lines, "lines 3, 9: 正面, 负面"));
  EXPECT_TRUE(Has(lines, "2 without a text or a label"));
  EXPECT_TRUE(Has(lines, "may be chance"));
  EXPECT_FALSE(Has(lines, "written"));
  facts.task_file = "my.task.toml";
  facts.head_file = "my.task.head";
  EXPECT_TRUE(Has(FormatFit(facts, result), "written: my.task.toml and my.task.head"));
  result.head.reset();
  result.corrections = {{"正面", 0.5, 1.25}, {"负面", 0.5, -1}};
  EXPECT_TRUE(Has(FormatFit(facts, result), "scores times 0.50; bias 正面 +1.25 · 负面 -1.00"));
}

TEST(FitView, AsJson) {
  const Json json = FitJson({.task = "t", .model = "m"}, SomeResult());
  EXPECT_EQ(json["method"], "head");
  EXPECT_EQ(json["rows"]["正面"], 60);
  EXPECT_EQ(json["left_out"]["contradictions"][0]["lines"], Json({3, 9}));
  EXPECT_EQ(json["gain"]["interval"][0], -0.01);
  EXPECT_EQ(json["layers"], Json({14, 16}));
  EXPECT_TRUE(json["task_file"].is_null());
}

TEST(FitView, Names) {
  EXPECT_EQ(TaskNameOf("a/my.task.toml"), "my");
  EXPECT_EQ(TaskNameOf("sentiment.zh"), "sentiment.zh");
  EXPECT_EQ(TaskNameOf("x.toml"), "x");
  EXPECT_EQ(HeadFileOf("a/my.task.toml"), "a/my.task.head");
}

TEST(FitView, ATaskOfLabelsAsksInTheirLanguage) {
  EXPECT_NE(TaskOfLabels("t", {"咨询", "投诉"}).find("咨询、投诉"), std::string::npos);
  const std::string english = TaskOfLabels("t", {"a \"b\"", "c\\d"});
  EXPECT_NE(english.find("name = \"a \\\"b\\\"\"\n"), std::string::npos);
  EXPECT_NE(english.find("Decide which"), std::string::npos);
}

TEST(FitView, CommentsAreALineEach) {
  FitResult result = SomeResult();
  result.set.labels[0] = "a\nname = \"evil\"";
  for (const std::string& line : FitComments({.task = "t", .model = "m"}, result)) {
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace yixin
