// The deal of rows into folds.
#include "fit/folds.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>

namespace yixin {
namespace {

TEST(Folds, EveryLabelIsSpreadAndATextStaysTogether) {
  std::vector<int> classes;
  std::vector<size_t> groups;
  for (size_t i = 0; i < 200; ++i) {
    const size_t copies = i % 10 == 0 ? 3 : 1;
    for (size_t j = 0; j < copies; ++j) {
      classes.push_back(i % 4 == 0 ? 1 : 0);
      groups.push_back(i);
    }
  }
  const auto deal = StratifiedFolds(classes, groups, 5);
  std::map<std::pair<int, int>, int> texts;
  std::map<size_t, int> fold_of;
  for (size_t row = 0; row < deal.size(); ++row) {
    const auto [entry, is_new] = fold_of.emplace(groups[row], deal[row]);
    EXPECT_EQ(entry->second, deal[row]);
    if (is_new) ++texts[{classes[row], deal[row]}];
  }
  for (int fold = 0; fold < 5; ++fold) {
    EXPECT_EQ((texts[{0, fold}]), 30);
    EXPECT_EQ((texts[{1, fold}]), 10);
  }
}

TEST(Folds, AreAsManyAsTheRarestLabelHasTexts) {
  const std::vector<int> classes = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1};
  const std::vector<size_t> groups = {0, 1, 2, 3, 4, 5, 6, 6, 7, 8};
  EXPECT_EQ(FoldCount(classes, groups), 3);
  const auto deal = StratifiedFolds(classes, groups, 3);
  for (int fold = 0; fold < 3; ++fold) {
    bool found = false;
    for (size_t row = 6; row < 10; ++row) found = found || deal[row] == fold;
    EXPECT_TRUE(found) << "label 1 in fold " << fold;
  }
}

TEST(Folds, ASampleHasEveryLabelsShare) {
  std::vector<int> classes;
  std::vector<size_t> groups;
  for (size_t i = 0; i < 100; ++i) {
    classes.push_back(i % 10 == 0 ? 1 : 0);
    groups.push_back(i);
  }
  std::vector<size_t> rows(100);
  std::iota(rows.begin(), rows.end(), size_t{0});
  const auto sample = StratifiedSample(rows, classes, groups, 20);
  EXPECT_EQ(sample.size(), 20u);
  int rare = 0;
  for (const size_t row : sample) rare += classes[row];
  EXPECT_EQ(rare, 2);
  EXPECT_EQ(StratifiedSample(rows, classes, groups, 3).size(), 4u) << "one of each at least";
}

}  // namespace
}  // namespace yixin
