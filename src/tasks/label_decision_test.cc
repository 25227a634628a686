#include "tasks/label_decision.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tasks/model_for_test.h"

namespace yixin {
namespace {

constexpr std::string_view kThree = R"(name = "t"
mode = "score"
[[labels]]
name = "a"
[[labels]]
name = "b"
[[labels]]
name = "c"
)";

std::vector<LabelString> OneStringEach(size_t labels) {
  std::vector<LabelString> strings;
  for (size_t i = 0; i < labels; ++i) strings.push_back({i, {static_cast<int32_t>(i)}});
  return strings;
}

LabelDecision Decide(std::string_view toml, std::vector<double> probabilities,
                     bool no_neutral = false) {
  for (double& p : probabilities) p = std::log(p);
  return DecideLabel(ParsedTask(toml), probabilities, {}, no_neutral);
}

TEST(DecideLabel, SoftmaxMassAndMargin) {
  const LabelDecision d = Decide(kThree, {0.1, 0.25, 0.15});
  EXPECT_EQ(d.label, "b");
  ASSERT_EQ(d.probs.size(), 3u);
  EXPECT_EQ(d.probs[0].first, "a");
  EXPECT_NEAR(d.probs[0].second, 0.2, 1e-12);
  EXPECT_NEAR(d.probs[1].second, 0.5, 1e-12);
  EXPECT_NEAR(d.label_mass, 0.5, 1e-12);
  EXPECT_NEAR(d.margin, 0.2, 1e-12);
}

TEST(DecideLabel, EqualScoresGoToTheFirstLabel) {
  const LabelDecision d = Decide(kThree, {0.1, 0.2, 0.2});
  EXPECT_EQ(d.label, "b");
  EXPECT_EQ(d.margin, 0);
}

TEST(LabelScores, SeveralStringsAddUp) {
  const TaskSpec task = ParsedTask(kThree);
  const std::vector<LabelString> strings{{0, {1}}, {1, {2}}, {1, {3}}, {2, {4}}};
  const std::vector<double> log_probs{std::log(0.3), std::log(0.2), std::log(0.2), std::log(0.1)};
  const auto scores = LabelScores(task, strings, log_probs);
  ASSERT_TRUE(scores);
  const LabelDecision d = DecideLabel(task, *scores, {}, false);
  EXPECT_EQ(d.label, "b");
  EXPECT_NEAR(d.probs[1].second, 0.5, 1e-12);
  EXPECT_NEAR(d.label_mass, 0.8, 1e-12);
}

TEST(DecideLabel, BiasMovesTheChoiceAndNotTheMass) {
  std::string biased(kThree);
  biased += "bias = 1.0\n";
  const LabelDecision d = Decide(biased, {0.1, 0.2, 0.1});
  EXPECT_EQ(d.label, "c");
  EXPECT_NEAR(d.label_mass, 0.4, 1e-12);
}

TEST(DecideLabel, NeutralAsALabelCanBeLeftOut) {
  const std::string toml = std::string(kThree) + "[neutral]\nlabel = \"b\"\n";
  EXPECT_EQ(Decide(toml, {0.1, 0.25, 0.15}).label, "b");
  const LabelDecision d = Decide(toml, {0.1, 0.25, 0.15}, /*no_neutral=*/true);
  EXPECT_EQ(d.label, "c");
  ASSERT_EQ(d.probs.size(), 2u);
  EXPECT_NEAR(d.probs[1].second, 0.6, 1e-12);
  EXPECT_NEAR(d.label_mass, 0.25, 1e-12);
}

TEST(DecideLabel, NeutralAsAMarginIsNotAmongTheProbabilities) {
  const std::string toml = std::string(kThree) + "[neutral]\nlabel = \"n\"\nmargin_below = 0.2\n";
  const LabelDecision close = Decide(toml, {0.30, 0.25, 0.15});
  EXPECT_EQ(close.label, "n");
  EXPECT_EQ(close.probs.size(), 3u);
  EXPECT_EQ(Decide(toml, {0.30, 0.25, 0.15}, /*no_neutral=*/true).label, "a");
  EXPECT_EQ(Decide(toml, {0.5, 0.2, 0.1}).label, "a");
}

TEST(DecideLabel, VeryUnlikelyLabelsStillSumToOne) {
  const LabelDecision d =
      DecideLabel(ParsedTask(kThree), std::vector<double>{-5000, -5001, -9000}, {}, false);
  EXPECT_NEAR(d.probs[0].second, 1 / (1 + std::exp(-1)), 1e-12);
  EXPECT_EQ(d.probs[2].second, 0);
  EXPECT_EQ(d.label_mass, 0);
}

TEST(LabelScores, NotANumberIsAnErrorAndNeverALabel) {
  for (const double broken :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()}) {
    const auto scores =
        LabelScores(ParsedTask(kThree), OneStringEach(3), std::vector<double>{-1, broken, -2});
    ASSERT_FALSE(scores);
    EXPECT_EQ(scores.error().code, ErrorCode::kInternal);
  }
}

TEST(DecideFromAnswer, TheLastLineCounts) {
  const TaskSpec task = ParsedTask(R"(name = "t"
mode = "generate"
[[labels]]
name = "正面"
[[labels]]
name = "负面"
[neutral]
label = "中性"
)");
  const auto label = [&](std::string_view answer) { return DecideFromAnswer(task, answer).label; };
  EXPECT_EQ(label("情绪类别:正面"), "正面");
  EXPECT_EQ(label("负面"), "负面");
  EXPECT_EQ(label("正面\n负面"), "负面");
  EXPECT_EQ(label("正面\n负面\n \n"), "负面") << "a line that says nothing is none";
  EXPECT_EQ(label("正面\n其他"), "中性");
  EXPECT_EQ(label("负面或正面"), "正面") << "the first label of the task wins";
  EXPECT_EQ(label(""), "中性");
  EXPECT_EQ(label("正"), "中性");
  EXPECT_TRUE(DecideFromAnswer(task, "正面").probs.empty());
  EXPECT_TRUE(std::isnan(DecideFromAnswer(task, "正面").label_mass));
}

}  // namespace
}  // namespace yixin
