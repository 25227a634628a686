#include "eval/label_metrics.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

JudgedRow Row(int truth, int predicted) {
  JudgedRow row;
  row.truth = truth;
  row.predicted = predicted;
  return row;
}

TEST(LabelMetrics, AreAsByHand) {
  // Truth 0: 2 right, 1 taken for 1, 1 failed. Truth 1: 1 right, 1 taken for 0. Label 2: unseen.
  const std::vector<JudgedRow> rows = {Row(0, 0),        Row(0, 0), Row(0, 1),
                                       Row(0, kNoLabel), Row(1, 1), Row(1, 0)};
  const auto got = MeasureLabels(rows, 3);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->rows, 6u);
  EXPECT_EQ(got->right, 3u);
  EXPECT_EQ(got->failed, 1u);
  EXPECT_DOUBLE_EQ(*got->accuracy, 0.5);
  EXPECT_DOUBLE_EQ(*got->classes[0].precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(*got->classes[0].recall, 0.5);
  EXPECT_DOUBLE_EQ(got->classes[0].f1, 4.0 / 7);
  EXPECT_DOUBLE_EQ(*got->classes[1].precision, 0.5);
  EXPECT_DOUBLE_EQ(*got->classes[1].recall, 0.5);
  EXPECT_DOUBLE_EQ(got->classes[1].f1, 0.5);
  EXPECT_FALSE(got->classes[2].precision);
  EXPECT_FALSE(got->classes[2].recall);
  EXPECT_DOUBLE_EQ(*got->macro_f1, (4.0 / 7 + 0.5) / 2);
  const std::vector<std::vector<uint64_t>> confusion = {{2, 1, 0, 1}, {1, 1, 0, 0}, {0, 0, 0, 0}};
  EXPECT_EQ(got->confusion, confusion);
}

TEST(LabelMetrics, OfNoRowsAreNone) {
  const auto got = MeasureLabels({}, 2);
  ASSERT_TRUE(got);
  EXPECT_FALSE(got->accuracy);
  EXPECT_FALSE(got->macro_f1);
}

TEST(LabelMetrics, OfOneClassHaveItsF1Alone) {
  const std::vector<JudgedRow> rows = {Row(1, 1), Row(1, 0)};
  const auto got = MeasureLabels(rows, 2);
  ASSERT_TRUE(got);
  EXPECT_DOUBLE_EQ(*got->macro_f1, 2.0 / 3);
  EXPECT_DOUBLE_EQ(*got->classes[0].precision, 0);
  EXPECT_FALSE(got->classes[0].recall);
}

TEST(LabelMetrics, RefuseWhatIsNoLabel) {
  for (const JudgedRow& row : {Row(2, 0), Row(0, 2), Row(-1, 0), Row(0, -2)}) {
    EXPECT_FALSE(MeasureLabels({&row, 1}, 2));
  }
}

}  // namespace
}  // namespace yixin
