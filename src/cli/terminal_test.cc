#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TEST(Terminal, DisplayWidth) {
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("你好"), 4u);
  EXPECT_EQ(DisplayWidth("😄"), 2u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);  // a combining accent
  EXPECT_EQ(DisplayWidth("a\xff"), 2u);
  EXPECT_EQ(DisplayWidth("\xe4\xbd"), 2u);  // half a character
}

TEST(Terminal, FitColumnsFillsAndCuts) {
  EXPECT_EQ(FitColumns("ab", 4), "ab  ");
  EXPECT_EQ(FitColumns("abcd", 4), "abcd");
  EXPECT_EQ(FitColumns("abcde", 4), "abc…");
  EXPECT_EQ(FitColumns("你好吗", 4), "你… ");  // a wide character is not cut in half
  EXPECT_EQ(FitColumns("你好吗", 5), "你好…");
  EXPECT_EQ(FitColumns("你", 1), "…");
  EXPECT_EQ(FitColumns("你", 0), "");
  for (size_t columns = 1; columns < 12; ++columns) {
    EXPECT_EQ(DisplayWidth(FitColumns("a你b好😄c", columns)), columns);
  }
}

TEST(Terminal, PrintableTakesControlsAway) {
  EXPECT_EQ(Printable("a\n\tb 你"), "a\n\tb 你");
  EXPECT_EQ(Printable("\033[31mred"), "\uFFFD[31mred");
  EXPECT_EQ(Printable(std::string_view("a\0b", 3)), "a\uFFFDb");
  EXPECT_EQ(Printable("\u009b31m"), "\uFFFD31m");  // C1: an escape in one character
  EXPECT_EQ(Printable("\x7f\r"), "\uFFFD\uFFFD");
  EXPECT_EQ(Printable("a\xff"), "a\uFFFD");
}

TEST(Terminal, Painted) {
  EXPECT_EQ(Painted("x", Colour::kRed, false), "x");
  EXPECT_EQ(Painted("x", Colour::kNone, true), "x");
  EXPECT_EQ(Painted("x", Colour::kRed, true), "\033[31mx\033[0m");
}

}  // namespace
}  // namespace yixin
