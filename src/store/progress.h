// What a pull tells while it runs. The library prints nothing: the caller's functions do.
// Tested by: progress_test.cc
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace yixin {

struct PullEvent {
  enum class Kind {
    kSourceTried,
    kSourceFailed,
    kWaiting,  // for another pull's lock, or as long as a server asked
    kNotice,   // a licence's notice, the fallback model, a file that cannot be verified
  };
  Kind kind = Kind::kNotice;
  std::string source;  // its name, where it is about one
  std::string line;    // for a person
};

struct PullEvents {
  std::function<void(const PullEvent&)> event;  // may be empty
  // `total` is 0 while it is not known. At most about ten calls a second.
  std::function<void(uint64_t done, uint64_t total, double bytes_per_s)> bytes;  // may be empty

  void Tell(PullEvent::Kind kind, const std::string& source, const std::string& line) const {
    if (event) event(PullEvent{kind, source, line});
  }
};

// Rate and rhythm of PullEvents::bytes.
class ProgressMeter {
 public:
  using Clock = std::chrono::steady_clock;

  ProgressMeter(const PullEvents& events, uint64_t total) : events_(events), total_(total) {}

  // Bytes that `done` counts from: those of finished parts.
  void set_base(uint64_t base) { base_ = base; }
  // Bytes that are here without having been fetched now; they do not count as speed. Report does it
  // where nobody did.
  void Start(uint64_t done, Clock::time_point now = Clock::now());
  void Report(uint64_t done, Clock::time_point now = Clock::now());
  bool started() const { return started_; }
  // Everything is here.
  void Finish(Clock::time_point now = Clock::now());

 private:
  const PullEvents& events_;
  const uint64_t total_;
  uint64_t base_ = 0;
  uint64_t done_ = 0;
  uint64_t window_done_ = 0;  // at the window's beginning
  Clock::time_point window_begin_;
  Clock::time_point last_call_;
  double bytes_per_s_ = 0;
  bool rate_known_ = false;
  bool started_ = false;
};

}  // namespace yixin
