#include "store/progress.h"

#include <gtest/gtest.h>

#include <vector>

namespace yixin {
namespace {

struct Call {
  uint64_t done, total;
  double rate;
};

class ProgressTest : public testing::Test {
 protected:
  ProgressTest() {
    events_.bytes = [this](uint64_t done, uint64_t total, double rate) {
      calls_.push_back({done, total, rate});
    };
  }
  ProgressMeter::Clock::time_point At(int ms) const {
    return begin_ + std::chrono::milliseconds(ms);
  }

  ProgressMeter::Clock::time_point begin_ = ProgressMeter::Clock::now();
  PullEvents events_;
  std::vector<Call> calls_;
};

TEST_F(ProgressTest, ResumedBytesAreNoSpeed) {
  ProgressMeter meter(events_, 10'000'000);
  meter.Start(9'000'000, At(0));
  meter.Report(9'500'000, At(500));
  ASSERT_EQ(calls_.size(), 1U);
  EXPECT_EQ(calls_[0].done, 9'500'000U);
  EXPECT_EQ(calls_[0].total, 10'000'000U);
  EXPECT_DOUBLE_EQ(calls_[0].rate, 1e6);
}

TEST_F(ProgressTest, AtMostTenCallsASecond) {
  ProgressMeter meter(events_, 0);
  for (int ms = 0; ms <= 2000; ++ms) meter.Report(static_cast<uint64_t>(ms), At(ms));
  EXPECT_GE(calls_.size(), 15U);
  EXPECT_LE(calls_.size(), 20U);
}

TEST_F(ProgressTest, AFileThatBeginsAnewHasNoNegativeSpeed) {
  ProgressMeter meter(events_, 1000);
  meter.Start(0, At(0));
  meter.Report(900, At(600));
  meter.Report(100, At(700));
  meter.Report(200, At(1300));
  for (const Call& call : calls_) EXPECT_GE(call.rate, 0) << call.done;
  EXPECT_EQ(calls_.back().done, 200U);
}

TEST_F(ProgressTest, PartsCountOnAndNothingExceedsTheTotal) {
  ProgressMeter meter(events_, 1000);
  meter.set_base(600);
  meter.Start(0, At(0));
  meter.Report(500, At(200));  // a wheel that is larger than its member
  meter.Finish(At(300));
  ASSERT_EQ(calls_.size(), 2U);
  EXPECT_EQ(calls_[0].done, 1000U);
  EXPECT_EQ(calls_[1].done, 1000U);
}

TEST_F(ProgressTest, NobodyNeedsToListen) {
  const PullEvents silent;
  ProgressMeter meter(silent, 10);
  meter.Report(5, At(1000));
  meter.Finish(At(2000));
  silent.Tell(PullEvent::Kind::kNotice, "", "");
}

}  // namespace
}  // namespace yixin
