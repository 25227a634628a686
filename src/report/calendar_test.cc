#include "report/calendar.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TEST(ParseDate, TheFormsOfTables) {
  const int32_t day = 19727;  // 2024-01-05
  for (const char* cell :
       {"2024-01-05", "2024-1-5", "2024/1/5", "2024.01.05", "20240105", "2024年1月5日",
        "2024年01月05日 12:30", "2024-01-05T08:00:00Z", " 2024/01/05 8:00"}) {
    EXPECT_EQ(ParseDate(cell), day) << cell;
  }
  EXPECT_EQ(ParseDate("1970-01-01"), 0);
  EXPECT_EQ(ParseDate("1969-12-31"), -1);
}

TEST(ParseDate, WhatIsNone) {
  for (const char* cell :
       {"", "2024", "2024-02-30", "2023-02-29", "2024-13-01", "24-01-05", "05/01/2024", "2024-01",
        "2024-01-055", "202401050", "昨天", "1234-01-01", "2024-1/5", "20241"}) {
    EXPECT_FALSE(ParseDate(cell)) << cell;
  }
  EXPECT_TRUE(ParseDate("2024-02-29"));
}

TEST(Spans, BeginWhereCalendarsBegin) {
  const int32_t friday = *ParseDate("2024-01-05");
  EXPECT_EQ(FormatSpan(SpanStart(friday, Span::kDay), Span::kDay), "2024-01-05");
  EXPECT_EQ(FormatSpan(SpanStart(friday, Span::kWeek), Span::kWeek), "2024-01-01");
  EXPECT_EQ(FormatSpan(SpanStart(friday, Span::kMonth), Span::kMonth), "2024-01");
  EXPECT_EQ(FormatSpan(SpanStart(friday, Span::kYear), Span::kYear), "2024");
  EXPECT_EQ(SpanStart(*ParseDate("2024-01-07"), Span::kWeek), *ParseDate("2024-01-01"));
}

TEST(Spans, FollowEachOtherWithoutAGap) {
  for (const Span span : {Span::kDay, Span::kWeek, Span::kMonth, Span::kYear}) {
    int32_t start = SpanStart(*ParseDate("1999-12-31"), span);
    for (int i = 0; i < 40; ++i) {
      const int32_t next = NextSpan(start, span);
      EXPECT_GT(next, start);
      EXPECT_EQ(SpanStart(next, span), next);
      EXPECT_EQ(SpanStart(next - 1, span), start);
      start = next;
    }
  }
}

TEST(Spans, SomeDozensAtMost) {
  EXPECT_EQ(ChooseSpan(0, 30), Span::kDay);
  EXPECT_EQ(ChooseSpan(0, 200), Span::kWeek);
  EXPECT_EQ(ChooseSpan(0, 1000), Span::kMonth);
  EXPECT_EQ(ChooseSpan(0, 10000), Span::kYear);
}

}  // namespace
}  // namespace yixin
