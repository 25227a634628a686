// Dates as tables have them, and the spans that a chart over time is drawn in.
// Tested by: calendar_test.cc
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace yixin {

// Days since 1970-01-01 of the date that a cell begins with: 2024-01-05, 2024/1/5, 2024.1.5,
// 20240105, 2024年1月5日; a time of day may follow. Nothing where it is no date of the calendar.
std::optional<int32_t> ParseDate(std::string_view cell);

enum class Span { kDay, kWeek, kMonth, kYear };

// So fine that a chart has some dozens of spans.
Span ChooseSpan(int32_t first_day, int32_t last_day);
// The first day of the span that a day is in; weeks begin on Monday.
int32_t SpanStart(int32_t day, Span span);
int32_t NextSpan(int32_t start, Span span);
// "2024-01-05", "2024-01", "2024".
std::string FormatSpan(int32_t start, Span span);

}  // namespace yixin
