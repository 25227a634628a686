// When the tokens of a reply came, for the metrics.
#pragma once

#include <chrono>
#include <functional>

namespace yixin {

// Of one reply, in seconds.
struct ReplyTimes {
  double queue_s = 0;
  double first_token_s = 0;  // from the request to the first text
  double per_token_s = 0;    // mean, behind the first; 0: there was one token
  double total_s = 0;
};

// Threads: one at a time.
class ReplyClock {
 public:
  void Text() {
    const auto now = Clock::now();
    if (first_ == Clock::time_point()) first_ = now;
    last_ = now;
  }
  ReplyTimes Read(int tokens, double queue_ms) const {
    const auto seconds = [](auto from, auto to) {
      return std::chrono::duration<double>(to - from).count();
    };
    ReplyTimes times;
    times.queue_s = queue_ms / 1000;
    times.total_s = seconds(start_, Clock::now());
    if (first_ == Clock::time_point()) {
      times.first_token_s = times.total_s;
    } else {
      times.first_token_s = seconds(start_, first_);
      if (tokens > 1) times.per_token_s = seconds(first_, last_) / (tokens - 1);
    }
    return times;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
  Clock::time_point first_;
  Clock::time_point last_;
};

using CountReply = std::function<void(const ReplyTimes&)>;

}  // namespace yixin
