// Progress on standard error: one line redrawn on a terminal; elsewhere a line at the start and one
// at the end. Tested by: progress_bar_test.cc
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace yixin {

// "4.7 MB", "491 MB": powers of 1000, as download pages count.
std::string FormatBytes(double bytes);
// "0:07", "12:34", "1:02:03".
std::string FormatDuration(double seconds);

struct ProgressState {
  std::string_view title;
  double share = 0;  // [0, 1]
  uint64_t done_bytes = 0;
  uint64_t total_bytes = 0;  // 0: not a matter of bytes; the numbers and the speed are left out
  double bytes_per_s = 0;
  std::string_view words = {};  // behind the share, where it is not a matter of bytes
};
// One line of at most `columns` columns; what does not fit goes, the bar first.
std::string FormatProgress(const ProgressState& state, size_t columns);

class ProgressBar {
 public:
  // live: redraws its line (a terminal).
  ProgressBar(std::string_view title, std::FILE* file, bool live);
  ~ProgressBar();  // leaves no half-drawn line behind
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Bytes(uint64_t done, uint64_t total, double bytes_per_s);
  void Share(double share, std::string_view words = {});
  // A line of its own above the bar.
  void Say(std::string_view line);
  // Clears the bar and says how it ended; says nothing when there was no progress at all.
  void Finish(std::string_view line);

 private:
  void Draw(const ProgressState& state);
  void Erase();

  std::string title_;
  std::FILE* file_;
  bool live_;
  bool drawn_ = false;
  bool began_ = false;
  std::chrono::steady_clock::time_point last_draw_{};
};

}  // namespace yixin
