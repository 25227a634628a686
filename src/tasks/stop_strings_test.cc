#include "tasks/stop_strings.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

// Every cut into pieces shows the same text in the end.
std::string Shown(const std::vector<std::string>& strings, std::string_view text, size_t piece,
                  bool* stopped) {
  StopStrings stops(strings);
  std::string shown;
  for (size_t i = 0; i < text.size(); i += piece) shown += stops.Append(text.substr(i, piece));
  *stopped = stops.stopped();
  return shown + stops.Flush();
}

void Expect(const std::vector<std::string>& strings, std::string_view text,
            std::string_view expected, bool expected_stop) {
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    bool stopped = false;
    EXPECT_EQ(Shown(strings, text, piece, &stopped), expected) << text << " by " << piece;
    EXPECT_EQ(stopped, expected_stop) << text << " by " << piece;
  }
}

TEST(StopStrings, WhichOneItWas) {
  StopStrings stops({"never", "END", "EN"});
  stops.Append("abE");
  EXPECT_EQ(stops.matched(), "");
  stops.Append("ND");
  EXPECT_EQ(stops.matched(), "END");
}

TEST(StopStrings, TheTextBeforeTheFirstOne) {
  Expect({"END"}, "abENDcd", "ab", true);
  Expect({"END"}, "abENcd", "abENcd", false);
  Expect({"END"}, "abEN", "abEN", false);
  Expect({"END"}, "EENDD", "E", true);
  Expect({"aab"}, "aaaab", "aa", true);
  Expect({"\n\n", "###"}, "x\n\n###", "x", true);
  Expect({"。"}, "好。坏", "好", true);
  Expect({}, "anything", "anything", false);
}

TEST(StopStrings, OfTwoThatBeginAlikeTheOneThatIsWholeFirst) {
  Expect({"abc", "ab"}, "xabc", "x", true);
  Expect({"abcd", "bc"}, "xabce", "xa", true);
}

TEST(StopStrings, HoldsBackNoMoreThanItMust) {
  StopStrings stops({"END"});
  EXPECT_EQ(stops.Append("abE"), "ab");
  EXPECT_EQ(stops.Append("x"), "Ex");
  EXPECT_EQ(stops.Append("EN"), "");
  EXPECT_EQ(stops.Append("D!"), "");
  EXPECT_TRUE(stops.stopped());
  EXPECT_EQ(stops.Append("more"), "");
  EXPECT_EQ(stops.Flush(), "");
}

}  // namespace
}  // namespace yixin
