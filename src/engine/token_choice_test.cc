#include "engine/token_choice.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

namespace yixin {
namespace {

std::set<int> Allowed(TokenChoice& choice) {
  std::vector<float> logits(10);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i);
  choice.Mask(logits);
  std::set<int> ids;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (std::isinf(logits[i])) continue;
    EXPECT_EQ(logits[i], static_cast<float>(i));
    ids.insert(static_cast<int>(i));
  }
  return ids;
}

TEST(TokenChoice, OnlyWhatMakesOneOfTheStrings) {
  TokenChoice choice({{1, 2, 3}, {1, 4}, {5}});
  EXPECT_EQ(Allowed(choice), (std::set{1, 5}));
  choice.Append(1);
  EXPECT_FALSE(choice.complete());
  EXPECT_EQ(Allowed(choice), (std::set{2, 4}));
  choice.Append(2);
  EXPECT_EQ(Allowed(choice), (std::set{3}));
  choice.Append(3);
  EXPECT_TRUE(choice.complete());
}

TEST(TokenChoice, AStringThatBeginsAnotherNeedsAnEnd) {
  TokenChoice with_end({{1, 9}, {1, 2, 9}});
  with_end.Append(1);
  EXPECT_EQ(Allowed(with_end), (std::set{2, 9}));
  with_end.Append(9);
  EXPECT_TRUE(with_end.complete());
  TokenChoice without({{1}, {1, 2}});
  without.Append(1);
  EXPECT_FALSE(without.complete()) << "the longer one may still come";
  without.Append(2);
  EXPECT_TRUE(without.complete());
}

TEST(TokenChoice, TheSameStringTwiceIsOne) {
  TokenChoice choice({{7}, {7}});
  choice.Append(7);
  EXPECT_TRUE(choice.complete());
}

}  // namespace
}  // namespace yixin
