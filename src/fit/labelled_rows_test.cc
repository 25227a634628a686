// Rows that can be taught with, and those that cannot.
#include "fit/labelled_rows.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace yixin {
namespace {

std::vector<LabelledRow> Rows(std::initializer_list<std::pair<const char*, const char*>> pairs) {
  std::vector<LabelledRow> rows;
  for (const auto& [text, label] : pairs) rows.push_back({text, label, rows.size() + 2});
  return rows;
}

const std::vector<LabelledRow> kSound =
    Rows({{"a", "x"}, {"b", "y"}, {"c", "x"}, {"d", "y"}, {" a\n", "x "}, {"", "x"}, {"e", " "}});

TEST(LabelledRows, TextsOfOneGroupStandTogether) {
  const auto set = CheckRows(kSound, {}, {});
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->size(), 5u);
  EXPECT_EQ(set->labels, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(set->counts, (std::vector<size_t>{3, 2}));
  EXPECT_EQ(set->repeated, 1u);
  EXPECT_EQ(set->unlabelled, 2u);
  for (size_t i = 0; i < set->size(); ++i) {
    for (size_t j = i + 1; j < set->size(); ++j) {
      EXPECT_EQ(set->texts[i] == set->texts[j], set->groups[i] == set->groups[j]);
      if (set->groups[i] == set->groups[j]) {
        EXPECT_EQ(j, i + 1);
      }
    }
  }
}

TEST(LabelledRows, TheOrderOfTheFileDoesNotMatter) {
  auto rows = kSound;
  const auto first = CheckRows(rows, {}, {});
  std::reverse(rows.begin(), rows.end());
  const std::vector<std::string> known = {"x"};
  const auto second = CheckRows(rows, known, {});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->texts, second->texts);
  EXPECT_EQ(first->classes, second->classes);
}

TEST(LabelledRows, KnownLabelsComeFirstInTheirOrder) {
  const auto rows =
      Rows({{"a", "new"}, {"b", "new"}, {"c", "2"}, {"d", "2"}, {"e", "1"}, {"f", "1"}});
  const std::vector<std::string> known = {"1", "absent", "2"};
  EXPECT_EQ(CheckRows(rows, known, {})->labels, (std::vector<std::string>{"1", "2", "new"}));
}

TEST(LabelledRows, ATextWithTwoLabelsIsLeftOutAndNamed) {
  auto rows = kSound;
  rows.push_back({"b", "x", 9});
  rows.push_back({"f", "y", 10});
  const auto set = CheckRows(rows, {}, {});
  ASSERT_TRUE(set) << set.error().message;
  ASSERT_EQ(set->contradictions.size(), 1u);
  EXPECT_EQ(set->contradictions[0].lines, (std::vector<uint64_t>{3, 9}));
  EXPECT_EQ(set->contradictions[0].labels, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(std::count(set->texts.begin(), set->texts.end(), "b"), 0);
}

TEST(LabelledRows, WhatCannotBeLearnedFromIsAnError) {
  const auto message = [](const std::vector<LabelledRow>& rows) {
    const auto set = CheckRows(rows, {}, {.most_labels = 3});
    EXPECT_FALSE(set);
    return set ? "" : set.error().message;
  };
  EXPECT_NE(message({}).find("no row has both"), std::string::npos);
  EXPECT_NE(message(Rows({{"a", ""}, {" ", "x"}})).find("no row has both"), std::string::npos);
  EXPECT_NE(message(Rows({{"a", "x"}, {"b", "x"}})).find("all rows have the label x"),
            std::string::npos);
  // Two rows, but one text.
  EXPECT_NE(message(Rows({{"a", "x"}, {"b", "x"}, {"c", "y"}, {"c", "y"}})).find("y (line 4)"),
            std::string::npos);
  EXPECT_NE(message(Rows({{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}})).find("at most 3"),
            std::string::npos);
}

TEST(LabelledRows, OfTooManyRowsSomeAreUsedByLot) {
  std::vector<LabelledRow> rows;
  for (uint64_t i = 0; i < 100; ++i) {
    rows.push_back({std::to_string(i), i % 2 == 0 ? "x" : "y", i});
  }
  const auto set = CheckRows(rows, {}, {.most_rows = 40});
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 40u);
  EXPECT_EQ(set->beyond, 60u);
  EXPECT_NE(set->counts[0], 40u);
}

}  // namespace
}  // namespace yixin
