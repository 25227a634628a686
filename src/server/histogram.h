// Counts of times by size, as Prometheus' histograms have them.
// Tested by: server_metrics_test.cc
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace yixin {

class Histogram {
 public:
  // Seconds; vLLM's for the time to first token, thinned out.
  static constexpr std::array<double, 13> kBounds{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                  0.5,   1,     2.5,  5,     10,   60};
  void Add(double seconds) {
    const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
    ++counts_[static_cast<size_t>(bound - kBounds.begin())];
    sum_ += seconds;
  }
  // In: an index of kBounds. Out: how many were not longer.
  uint64_t UpTo(size_t bound) const {
    uint64_t total = 0;
    for (size_t i = 0; i <= bound; ++i) total += counts_[i];
    return total;
  }
  uint64_t count() const { return UpTo(kBounds.size()); }
  double sum() const { return sum_; }

 private:
  std::array<uint64_t, kBounds.size() + 1> counts_{};  // the last: longer than every bound
  double sum_ = 0;
};

}  // namespace yixin
