// Which rows run. That they run is tests/e2e/bench_test.py's, which has a program and a model.
#include "bench/suite.h"

#include <gtest/gtest.h>

#include <set>

namespace yixin {
namespace {

std::vector<std::string> Names(std::string_view only) {
  const auto rows = SelectRows(only);
  std::vector<std::string> names;
  if (!rows) return {"error: " + rows.error().message};
  for (const Row& row : *rows) names.push_back(row.name);
  return names;
}

using Strings = std::vector<std::string>;

TEST(SuiteTest, NamesAreUnique) {
  std::set<std::string> names;
  for (const Row& row : AllRows()) EXPECT_TRUE(names.insert(row.name).second) << row.name;
}

TEST(SuiteTest, SelectsGroupsAndRowsInTheReportsOrder) {
  EXPECT_EQ(Names("start"), Strings{"start"});
  EXPECT_EQ(Names("prefill"), (Strings{"prefill.64", "prefill.512", "prefill.2048"}));
  EXPECT_EQ(Names("decode.16,prefill.512"), (Strings{"prefill.512", "decode.16"}));
  EXPECT_EQ(Names("memory,memory"), Strings{"memory"});
  EXPECT_EQ(Names("context-decode.512"), Strings{"context-decode.512"});
}

TEST(SuiteTest, AllButWhatTakesLong) {
  const auto names = Names("");
  EXPECT_EQ(names.size(), 11u);
  for (const std::string& name : names) EXPECT_EQ(name.find("context"), std::string::npos) << name;
}

TEST(SuiteTest, RefusesUnknownNames) {
  for (const char* only : {"prefil", "prefill.6", "prefill.", ",", "prefill,,decode", "PREFILL"}) {
    const auto rows = SelectRows(only);
    ASSERT_FALSE(rows) << only;
    EXPECT_EQ(rows.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(rows.error().message.find("groups: prefill"), std::string::npos);
  }
}

}  // namespace
}  // namespace yixin
