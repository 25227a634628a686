#include "tokenizer/token_strings.h"

#include <gtest/gtest.h>

#include <string>

namespace yixin {
namespace {

TEST(TokenStrings, FindsEachAndNothingElse) {
  std::vector<std::string> strings;
  for (int i = 0; i < 5000; ++i) strings.push_back(std::string(i % 40, 'a') + std::to_string(i));
  const std::vector<std::string_view> views(strings.begin(), strings.end());
  TokenStrings table(views);
  for (int32_t id = 0; id < 5000; ++id) ASSERT_EQ(table.Insert(id), -1);
  for (int32_t id = 0; id < 5000; ++id) ASSERT_EQ(table.Find(strings[id]), id);
  EXPECT_EQ(table.Find(""), -1);
  EXPECT_EQ(table.Find("aaaa"), -1);
}

TEST(TokenStrings, ADuplicateNamesTheFirst) {
  const std::vector<std::string_view> views = {"x", std::string_view("x\0", 2), "x"};
  TokenStrings table(views);
  EXPECT_EQ(table.Insert(0), -1);
  EXPECT_EQ(table.Insert(1), -1) << "a NUL is a byte like any other";
  EXPECT_EQ(table.Insert(2), 0);
  EXPECT_EQ(table.Find("x"), 0);
}

}  // namespace
}  // namespace yixin
