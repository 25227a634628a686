#include "server/url_text.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TEST(UrlText, Percent) {
  EXPECT_EQ(PercentDecoded("a-b+c"), "a-b+c");
  EXPECT_EQ(PercentDecoded("%E5%ae%A2"), "客");
  EXPECT_EQ(PercentDecoded("%2F%25"), "/%");
  EXPECT_EQ(PercentDecoded(""), "");
  for (const char* wrong : {"%", "%1", "a%", "%zz", "%+1", "%-1", "% 1", "%0x", "%ff", "%e5%ae"}) {
    EXPECT_FALSE(PercentDecoded(wrong)) << wrong;
  }
}

TEST(UrlText, Query) {
  const auto query = ParseQuery("limit=5&after=%E5%AE%A2", {"limit", "after"});
  ASSERT_TRUE(query);
  EXPECT_EQ(query->at("limit"), "5");
  EXPECT_EQ(query->at("after"), "客");
  EXPECT_TRUE(ParseQuery("", {"limit"})->empty());
  EXPECT_EQ(ParseQuery("limit", {"limit"})->at("limit"), "");
  for (const char* wrong : {"x=1", "limit=1&limit=2", "limit=%", "=1", "limit=1&&x", "Limit=1"}) {
    EXPECT_FALSE(ParseQuery(wrong, {"limit"})) << wrong;
  }
}

}  // namespace
}  // namespace yixin
