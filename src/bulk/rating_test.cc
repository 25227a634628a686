#include "bulk/rating.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

const std::vector<std::string> kMood = {"正面", "负面", "中性"};
using Cells = std::vector<std::string>;

std::string FoundScale(const Cells& cells) {
  const auto rule = RatingRule::Find("stars", kMood, cells, std::nullopt);
  if (rule) return ScaleName(rule->scale());
  EXPECT_EQ(rule.error().code, ErrorCode::kInvalidArgument);
  return rule.error().message;
}

TEST(Rating, TheScaleIsFoundOrAskedFor) {
  EXPECT_EQ(FoundScale({"5", "1", "", "?"}), "1-5");
  EXPECT_EQ(FoundScale({"4.5"}), "1-5");
  EXPECT_EQ(FoundScale({"★★★☆☆", "☆☆☆☆☆"}), "1-5");
  EXPECT_EQ(FoundScale({"5", "6"}), "1-10");
  EXPECT_EQ(FoundScale({"80分", "100"}), "0-100");
  EXPECT_EQ(FoundScale({"0", "1"}), "0-1");
  EXPECT_EQ(FoundScale({"0", "0"}), "0-1");
  EXPECT_EQ(FoundScale({"好评", "差评"}), "words");
  EXPECT_EQ(FoundScale({"正面", "1"}), "words");
  EXPECT_NE(FoundScale({"1", "1"}).find("--compare-scale"), std::string::npos);
  for (const Cells& cells : {Cells{}, Cells{""}, Cells{"abc"}}) {
    EXPECT_NE(FoundScale(cells).find("no rating"), std::string::npos);
  }
  for (const char* number : {"-1", "101", "1e300", "nan", "inf"}) {
    EXPECT_NE(FoundScale({number, "3"}).find("none of the scales"), std::string::npos) << number;
  }
}

TEST(Rating, AGivenScaleIsTaken) {
  const auto rule = RatingRule::Find("stars", kMood, Cells{"1", "1"}, RatingScale::kOneToFive);
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->Agrees("1", "负面"), true);
  EXPECT_EQ(rule->Agrees("1", "正面"), false);
}

TEST(Rating, EveryScaleHasABadAMiddleAndAGoodPart) {
  struct Case {
    RatingScale scale;
    Cells bad, middle, good, none;
  };
  const std::vector<Case> cases = {
      {RatingScale::kZeroToOne, {"0", "0.4"}, {"0.5"}, {"0.6", "1"}, {"2", "-0.1"}},
      {RatingScale::kOneToFive, {"0", "1", "2"}, {"2.5", "3", "3.9"}, {"4", "5 星"}, {"5.1", "x"}},
      {RatingScale::kOneToTen, {"1", "4"}, {"5", "6.5"}, {"7", "10"}, {"11"}},
      {RatingScale::kZeroToHundred, {"0", "40"}, {"60"}, {"70", "100 分"}, {"100.5", "nan"}},
      {RatingScale::kWords, {"差评", "NEG"}, {" 一般 "}, {"好评", "Good"}, {"1", "5", ""}},
  };
  for (const Case& one : cases) {
    const auto check = [&](const Cells& ratings, Verdict expected) {
      for (const std::string& rating : ratings) {
        EXPECT_EQ(VerdictOfRating(rating, one.scale), expected)
            << ScaleName(one.scale) << " " << rating;
      }
    };
    check(one.bad, Verdict::kBad);
    check(one.middle, Verdict::kMiddle);
    check(one.good, Verdict::kGood);
    check(one.none, Verdict::kNone);
    EXPECT_EQ(ScaleOfName(ScaleName(one.scale)), one.scale);
  }
  EXPECT_EQ(ScaleOfName("1-7"), std::nullopt);
  EXPECT_EQ(Describe(RatingScale::kZeroToOne), "0-1 (to 0.4 bad, from 0.6 good)");
}

TEST(Rating, OnlyOppositesDisagree) {
  const auto rule = *RatingRule::Find("stars", kMood, Cells{"5", "1"}, std::nullopt);
  EXPECT_EQ(rule.Agrees("5", "正面"), true);
  EXPECT_EQ(rule.Agrees("★☆☆☆☆", "正面"), false);
  EXPECT_EQ(rule.Agrees("5", "负面"), false);
  EXPECT_EQ(rule.Agrees("3", "负面"), std::nullopt);
  EXPECT_EQ(rule.Agrees("5", "中性"), std::nullopt);
  EXPECT_EQ(rule.Agrees("3", "中性"), true);
  EXPECT_EQ(rule.Agrees("", "正面"), std::nullopt);
  EXPECT_EQ(rule.Agrees("9", "正面"), std::nullopt) << "not on this scale";
  EXPECT_EQ(rule.Agrees("差评", "正面"), false);
}

TEST(Rating, LabelsAreComparedAsLabels) {
  const std::vector<std::string> intent = {"咨询", "投诉", "表扬", "其他"};
  const auto rule = *RatingRule::Find("truth", intent, Cells{"咨询"}, std::nullopt);
  EXPECT_EQ(rule.Agrees("咨询", "咨询"), true);
  EXPECT_EQ(rule.Agrees("其他", "咨询"), false);
  EXPECT_EQ(rule.Agrees("不知道", "咨询"), std::nullopt);
  const auto mood = *RatingRule::Find("truth", kMood, Cells{"中性", "正面"}, std::nullopt);
  EXPECT_EQ(mood.Agrees("中性", "正面"), false);
  // A complaint beside five stars says something; a question does not.
  const auto stars = *RatingRule::Find("stars", intent, Cells{"5", "2"}, std::nullopt);
  EXPECT_EQ(stars.Agrees("5", "投诉"), false);
  EXPECT_EQ(stars.Agrees("5", "咨询"), std::nullopt);
  const std::vector<std::string> topic = {"书", "酒店"};
  EXPECT_FALSE(RatingRule::Find("stars", topic, Cells{"5", "2"}, std::nullopt));
  EXPECT_TRUE(RatingRule::Find("truth", topic, Cells{"书"}, std::nullopt));
}

}  // namespace
}  // namespace yixin
