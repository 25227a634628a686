#include "yixin/escalation.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TEST(Escalation, Words) {
  const EscalationRule rule{{"投诉", "Refund"}, "", 0, 0};
  EXPECT_FALSE(JudgeEscalation(rule, "你好", {}));
  EXPECT_FALSE(JudgeEscalation(rule, "", {}));
  const auto chinese = JudgeEscalation(rule, "我要投诉你们", {});
  ASSERT_TRUE(chinese);
  EXPECT_EQ(chinese->word, "投诉");
  EXPECT_EQ(JudgeEscalation(rule, "I want my REFUND", {})->word, "Refund");
  EXPECT_FALSE(JudgeEscalation(rule, "投 诉", {}));
}

TEST(Escalation, ManyInARow) {
  const EscalationRule rule{{"投诉"}, "负面", 2, 0.8};
  const std::vector<ReadText> read{{"负面", 0.9}, {"负面", 0.8}, {"正面", 1}, {"负面", 0.79},
                                   {"负面", 0.8}, {"负面", 0.9}, {"负面", 1}};
  const auto judge = [&](size_t count) {
    return JudgeEscalation(rule, "x", std::span(read).first(count));
  };
  EXPECT_FALSE(judge(0));
  EXPECT_FALSE(judge(1));
  EXPECT_EQ(judge(2)->in_a_row, 2);
  EXPECT_FALSE(judge(3));
  EXPECT_FALSE(judge(5)) << "one of them was too close";
  EXPECT_TRUE(judge(6));
  EXPECT_EQ(judge(7)->in_a_row, 3);
  EXPECT_EQ(judge(7)->cause, Escalation::Cause::kInARow);
  EXPECT_EQ(JudgeEscalation(rule, "投诉", read)->cause, Escalation::Cause::kWord);
}

}  // namespace
}  // namespace yixin
