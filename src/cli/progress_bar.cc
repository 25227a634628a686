#include "cli/progress_bar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cli/terminal.h"

namespace yixin {
namespace {

constexpr auto kRedrawEvery = std::chrono::milliseconds(100);  // smooth to the eye, cheap over ssh
constexpr size_t kWidestBar = 30;
constexpr size_t kNarrowestBar = 8;

std::string Bar(double share, size_t columns) {
  const auto full = static_cast<size_t>(share * static_cast<double>(columns));
  std::string bar;
  for (size_t i = 0; i < columns; ++i) bar += i < full ? "█" : "░";
  return bar;
}

}  // namespace

std::string FormatBytes(double bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  if (!(bytes >= 0)) bytes = 0;
  size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  const bool fraction = unit > 0 && bytes < 9.95;
  return fraction ? fmt::format("{:.1f} {}", bytes, kUnits[unit])
                  : fmt::format("{:.0f} {}", bytes, kUnits[unit]);
}

std::string FormatDuration(double seconds) {
  // More than 99 hours is no estimate any more.
  const auto whole = static_cast<long>(std::clamp(std::ceil(seconds), 0.0, 359999.0));
  const long hours = whole / 3600;
  const long minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string FormatProgress(const ProgressState& state, size_t columns) {
  const double share = state.total_bytes > 0
                           ? std::min(1.0, static_cast<double>(state.done_bytes) /
                                               static_cast<double>(state.total_bytes))
                           : std::clamp(std::isfinite(state.share) ? state.share : 0.0, 0.0, 1.0);
  const std::string percent = fmt::format("{:3.0f}%", std::floor(share * 100));
  std::string numbers = state.words.empty() ? "" : "  " + Printable(state.words);
  std::string speed;
  if (state.total_bytes > 0) {
    numbers = fmt::format("  {} / {}", FormatBytes(static_cast<double>(state.done_bytes)),
                          FormatBytes(static_cast<double>(state.total_bytes)));
  }
  if (state.total_bytes > 0 && state.bytes_per_s > 0) {
    const auto left =
        static_cast<double>(state.total_bytes - std::min(state.done_bytes, state.total_bytes));
    speed = fmt::format("  {}/s  {} left", FormatBytes(state.bytes_per_s),
                        FormatDuration(left / state.bytes_per_s));
  }
  const std::string title = Printable(state.title);
  const size_t words = DisplayWidth(title) + 2 + percent.size();
  const size_t tail = DisplayWidth(numbers) + DisplayWidth(speed);
  if (words + tail + 2 + kNarrowestBar <= columns) {
    const size_t bar = std::min(kWidestBar, columns - words - tail - 2);
    return fmt::format("{}  {}  {}{}{}", title, Bar(share, bar), percent, numbers, speed);
  }
  if (words + tail <= columns) return fmt::format("{}  {}{}{}", title, percent, numbers, speed);
  if (!state.words.empty() && words + 2 + kNarrowestBar <= columns) {
    return FitColumns(fmt::format("{}  {}{}", title, percent, numbers), columns);
  }
  if (words + speed.size() <= columns) return fmt::format("{}  {}{}", title, percent, speed);
  if (words <= columns) return fmt::format("{}  {}", title, percent);
  return FitColumns(percent, columns);
}

ProgressBar::ProgressBar(std::string_view title, std::FILE* file, bool live)
    : title_(title), file_(file), live_(live) {}

ProgressBar::~ProgressBar() { Erase(); }

void ProgressBar::Bytes(uint64_t done, uint64_t total, double bytes_per_s) {
  Draw({title_, 0, done, total, bytes_per_s, {}});
}

void ProgressBar::Share(double share, std::string_view words) {
  Draw({title_, share, 0, 0, 0, words});
}

void ProgressBar::Draw(const ProgressState& state) {
  if (!live_) {
    if (!began_) {
      const std::string size =
          state.total_bytes > 0
              ? fmt::format(" ({})", FormatBytes(static_cast<double>(state.total_bytes)))
              : "";
      fmt::print(file_, "{}{} ...\n", Printable(title_), size);
      std::fflush(file_);
    }
    began_ = true;
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (began_ && now - last_draw_ < kRedrawEvery) return;
  began_ = true;
  last_draw_ = now;
  // The last column stays free: some terminals wrap as soon as it is filled.
  const int columns = TerminalColumns(fileno(file_));
  Erase();
  fmt::print(file_, "{}", FormatProgress(state, static_cast<size_t>(std::max(columns - 1, 1))));
  std::fflush(file_);
  drawn_ = true;
}

void ProgressBar::Erase() {
  if (!drawn_) return;
  fmt::print(file_, "\r\033[K");
  std::fflush(file_);
  drawn_ = false;
}

void ProgressBar::Say(std::string_view line) {
  Erase();
  fmt::print(file_, "{}\n", Printable(line));
  std::fflush(file_);
}

void ProgressBar::Finish(std::string_view line) {
  Erase();
  if (began_ && !line.empty()) fmt::print(file_, "{}\n", Printable(line));
  std::fflush(file_);
}

}  // namespace yixin
