// Tested by: calendar_test.cc
#include "report/calendar.h"

#include <fmt/format.h>

#include <chrono>

namespace yixin {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

// Takes up to `most` digits off the front.
std::optional<int> TakeNumber(std::string_view& text, size_t least, size_t most) {
  int value = 0;
  size_t count = 0;
  while (count < most && count < text.size() && text[count] >= '0' && text[count] <= '9') {
    value = value * 10 + (text[count] - '0');
    ++count;
  }
  if (count < least) return std::nullopt;
  text.remove_prefix(count);
  return value;
}

bool Take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

std::optional<int32_t> DaysOf(int y, int m, int d) {
  const year_month_day date{year{y}, month{static_cast<unsigned>(m)},
                            day{static_cast<unsigned>(d)}};
  if (!date.ok()) return std::nullopt;
  return static_cast<int32_t>(sys_days{date}.time_since_epoch().count());
}

year_month_day DateOf(int32_t since) { return sys_days{days{since}}; }

int32_t DaysOf(year_month_day date) {
  return static_cast<int32_t>(sys_days{date}.time_since_epoch().count());
}

}  // namespace

std::optional<int32_t> ParseDate(std::string_view cell) {
  while (Take(cell, " ")) {
  }
  std::string_view rest = cell;
  const auto y = TakeNumber(rest, 4, 4);
  if (!y || *y < 1900 || *y > 2200) return std::nullopt;
  for (const auto& [after_year, after_month] :
       {std::pair{"-", "-"}, {"/", "/"}, {".", "."}, {"年", "月"}}) {
    std::string_view text = rest;
    if (!Take(text, after_year)) continue;
    const auto m = TakeNumber(text, 1, 2);
    if (!m || !Take(text, after_month)) return std::nullopt;
    const auto d = TakeNumber(text, 1, 2);
    if (!d || (!text.empty() && text[0] >= '0' && text[0] <= '9')) return std::nullopt;
    return DaysOf(*y, *m, *d);
  }
  const auto m = TakeNumber(rest, 2, 2);
  if (!m) return std::nullopt;
  const auto d = TakeNumber(rest, 2, 2);
  if (!d || (!rest.empty() && rest[0] >= '0' && rest[0] <= '9')) return std::nullopt;
  return DaysOf(*y, *m, *d);
}

Span ChooseSpan(int32_t first_day, int32_t last_day) {
  const int32_t length = last_day - first_day;
  if (length <= 60) return Span::kDay;
  if (length <= 400) return Span::kWeek;
  return length <= 365 * 8 ? Span::kMonth : Span::kYear;
}

int32_t SpanStart(int32_t day_number, Span span) {
  const year_month_day date = DateOf(day_number);
  switch (span) {
    case Span::kDay:
      return day_number;
    case Span::kWeek: {
      const std::chrono::weekday weekday{sys_days{date}};
      return day_number - static_cast<int32_t>(weekday.iso_encoding()) + 1;
    }
    case Span::kMonth:
      return DaysOf(date.year() / date.month() / day{1});
    case Span::kYear:
      return DaysOf(date.year() / month{1} / day{1});
  }
  return day_number;
}

int32_t NextSpan(int32_t start, Span span) {
  switch (span) {
    case Span::kDay:
      return start + 1;
    case Span::kWeek:
      return start + 7;
    case Span::kMonth:
      return SpanStart(start + 31, span);
    case Span::kYear:
      return SpanStart(start + 366, span);
  }
  return start + 1;
}

std::string FormatSpan(int32_t start, Span span) {
  const year_month_day date = DateOf(start);
  const int y = static_cast<int>(date.year());
  const auto m = static_cast<unsigned>(date.month());
  if (span == Span::kYear) return fmt::format("{}", y);
  if (span == Span::kMonth) return fmt::format("{}-{:02}", y, m);
  return fmt::format("{}-{:02}-{:02}", y, m, static_cast<unsigned>(date.day()));
}

}  // namespace yixin
