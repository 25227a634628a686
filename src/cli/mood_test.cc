#include "cli/mood.h"

#include <gtest/gtest.h>

#include <cmath>

namespace yixin {
namespace {

Classification Mood(std::string label, std::vector<std::pair<std::string, double>> probs) {
  Classification mood;
  mood.label = std::move(label);
  mood.probs = std::move(probs);
  return mood;
}

TEST(Mood, LineOfATurn) {
  EXPECT_EQ(MoodLine(Mood("正面", {{"正面", 0.991}, {"负面", 0.009}}), false),
            "😄 LLM 情感判断: 正面 (0.99)");
  EXPECT_EQ(MoodLine(Mood("负面", {{"正面", 0.3}, {"负面", 0.7}}), false),
            "😢 LLM 情感判断: 负面 (0.70)");
  EXPECT_EQ(MoodLine(Mood("中性", {}), false), "😐 LLM 情感判断: 中性");
  // A margin rule's neutral label is not among the probabilities.
  EXPECT_EQ(MoodLine(Mood("中性", {{"正面", 0.5}, {"负面", 0.5}}), false), "😐 LLM 情感判断: 中性");
  EXPECT_EQ(MoodLine(Mood("正面", {}), true), "😄 LLM 情感判断: \033[32m正面\033[0m");
}

TEST(Mood, OtherLabels) {
  EXPECT_EQ(MoodFace("negative"), "😢");
  EXPECT_EQ(MoodFace("urgent"), MoodFace("topic"));
  EXPECT_TRUE(std::isnan(LabelProbability(Mood("x", {{"y", 1.0}}))));
}

TEST(Mood, Valence) {
  EXPECT_NEAR(ToMoodPoint(Mood("正面", {{"正面", 0.9}, {"负面", 0.1}})).valence, 0.8, 1e-12);
  EXPECT_NEAR(ToMoodPoint(Mood("中性", {{"正面", 0.2}, {"负面", 0.3}, {"中性", 0.5}})).valence,
              -0.1, 1e-12);
  EXPECT_EQ(ToMoodPoint(Mood("负面", {})).valence, -1);
  EXPECT_EQ(ToMoodPoint("urgent").valence, 0);
}

TEST(Mood, Line) {
  const std::vector<MoodPoint> moods = {{"正面", 1}, {"负面", -1}, {"中性", 0}, {"正面", 0.5}};
  EXPECT_EQ(DrawMoods(moods), "😄😢😐😄  █▁▅▆  正面 2 · 负面 1 · 中性 1");
}

TEST(Mood, ALongConversationKeepsItsLine) {
  const std::vector<MoodPoint> moods(1000, {"正面", 5});
  const std::string line = DrawMoods(moods);
  EXPECT_TRUE(line.starts_with("…😄"));
  EXPECT_TRUE(line.ends_with("正面 1000"));
  EXPECT_LE(DisplayWidth(line), 150u);
}

}  // namespace
}  // namespace yixin
