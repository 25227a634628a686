#include "store/progress.h"

#include <algorithm>

namespace yixin {
namespace {

constexpr std::chrono::milliseconds kBetweenCalls(100);
constexpr std::chrono::milliseconds kWindow(500);
// Weight of the newest window: the shown speed follows within about two seconds.
constexpr double kNewest = 0.3;

}  // namespace

void ProgressMeter::Start(uint64_t done, Clock::time_point now) {
  done_ = window_done_ = base_ + done;
  window_begin_ = last_call_ = now;
  started_ = true;
}

void ProgressMeter::Report(uint64_t done, Clock::time_point now) {
  // Not started yet, or the file began anew.
  if (!started_ || base_ + done < window_done_) Start(done, now);
  done_ = base_ + done;
  const std::chrono::duration<double> window = now - window_begin_;
  if (window >= kWindow) {
    const double rate = static_cast<double>(done_ - window_done_) / window.count();
    bytes_per_s_ = rate_known_ ? bytes_per_s_ + kNewest * (rate - bytes_per_s_) : rate;
    rate_known_ = true;
    window_done_ = done_;
    window_begin_ = now;
  }
  if (now - last_call_ < kBetweenCalls) return;
  last_call_ = now;
  if (!rate_known_) bytes_per_s_ = static_cast<double>(done_ - window_done_) / window.count();
  const uint64_t shown = total_ == 0 ? done_ : std::min(done_, total_);
  if (events_.bytes) events_.bytes(shown, total_, bytes_per_s_);
}

void ProgressMeter::Finish(Clock::time_point now) {
  const std::chrono::duration<double> window = now - window_begin_;
  if (!rate_known_ && window.count() > 0) {
    bytes_per_s_ = static_cast<double>(done_ - window_done_) / window.count();
  }
  const uint64_t all = total_ == 0 ? done_ : total_;
  if (events_.bytes) events_.bytes(all, all, bytes_per_s_);
}

}  // namespace yixin
