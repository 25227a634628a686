#include "tasks/repetition_guard.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace yixin {
namespace {

struct Outcome {
  std::string shown;
  bool repeats = false;
};

// Bytes of a character stay together, as the decoder gives them.
Outcome Feed(const std::vector<std::string>& pieces, int times = 3) {
  RepetitionGuard guard(times);
  Outcome outcome;
  for (const std::string& piece : pieces) {
    outcome.shown += guard.Append(piece);
    if (guard.repeats()) break;
  }
  outcome.shown += guard.Flush();
  outcome.repeats = guard.repeats();
  return outcome;
}

Outcome FeedCharacters(const std::string& text, int times = 3) {
  std::vector<std::string> pieces;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    pieces.push_back(text.substr(i, end - i));
    i = end;
  }
  return Feed(pieces, times);
}

TEST(RepetitionGuard, TheThirdTimeIsNotShown) {
  const std::string text = "你好！我很好。我很好。我很好。真的";
  for (const Outcome& outcome : {Feed({text}), FeedCharacters(text)}) {
    EXPECT_TRUE(outcome.repeats);
    EXPECT_EQ(outcome.shown, "你好！我很好。我很好。");
  }
}

TEST(RepetitionGuard, NotInARowCountsToo) {
  EXPECT_EQ(FeedCharacters("加油！我在。加油！你行。加油！").shown, "加油！我在。加油！你行。");
}

TEST(RepetitionGuard, WhatOnlyBeginsAlikeIsShownInTheEnd) {
  const std::string text = "我很好。我很好。我很好奇。";
  const Outcome outcome = FeedCharacters(text);
  EXPECT_FALSE(outcome.repeats);
  EXPECT_EQ(outcome.shown, text);
  EXPECT_EQ(FeedCharacters("我很好。我很好。我很").shown, "我很好。我很好。我很") << "cut short";
}

TEST(RepetitionGuard, HoldsBackNoMoreThanItMust) {
  RepetitionGuard guard(3);
  EXPECT_EQ(guard.Append("我很好。我很好。"), "我很好。我很好。");
  EXPECT_EQ(guard.Append("我"), "");
  EXPECT_EQ(guard.Append("很"), "");
  EXPECT_EQ(guard.Append("饿"), "我很饿");
  EXPECT_EQ(guard.Append("了"), "了");
}

TEST(RepetitionGuard, EnglishAndLines) {
  EXPECT_EQ(FeedCharacters("I am. I am. I am. You").shown, "I am. I am.");
  EXPECT_EQ(FeedCharacters("I am. I am. I am.").shown, "I am. I am.") << "the end is an end";
  EXPECT_FALSE(FeedCharacters("3.14 is 3.14 is 3.14").repeats);
  EXPECT_FALSE(FeedCharacters("v1.2 v1.2 v1.2").repeats) << "no stop in front of white space";
  EXPECT_TRUE(FeedCharacters("好的\n好的\n 好的\n").repeats);
  EXPECT_EQ(FeedCharacters("好的\n好的\n好的\n").shown, "好的\n好的");
}

TEST(RepetitionGuard, WhatSaysNothingMayRepeat) {
  for (const std::string text :
       {"……………………", "1. 1. 1. 1. ", "\n\n\n\n", "！！！！！", "😀！😀！😀！"}) {
    const Outcome outcome = FeedCharacters(text);
    EXPECT_FALSE(outcome.repeats) << text;
    EXPECT_EQ(outcome.shown, text);
  }
}

TEST(RepetitionGuard, OtherCountsAndNone) {
  EXPECT_EQ(FeedCharacters("好。好。", 2).shown, "好。");
  const std::string text = "好。好。好。好。好。";
  EXPECT_EQ(Feed({text}, 0).shown, text);
  EXPECT_FALSE(Feed({text}, 0).repeats);
}

}  // namespace
}  // namespace yixin
