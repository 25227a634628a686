#include "bench/review_texts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace yixin {
namespace {

TEST(ReviewTextsTest, AllDifferent) {
  const auto texts = MakeReviews(2000);
  ASSERT_EQ(texts.size(), 2000u);
  EXPECT_EQ(std::set<std::string>(texts.begin(), texts.end()).size(), 2000u);
  for (const std::string& text : texts) EXPECT_GT(text.size(), 60u);
}

TEST(ReviewTextsTest, ALongerListBeginsWithAShorterOne) {
  const auto all = MakeReviews(600);
  const auto few = MakeReviews(5);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), all.begin()));
  EXPECT_TRUE(MakeReviews(0).empty());
}

}  // namespace
}  // namespace yixin
