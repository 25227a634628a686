// Tested by: statistics_test.cc
#include "bench/statistics.h"

#include <algorithm>
#include <vector>

namespace yixin {

Summary Summarize(std::span<const double> samples) {
  Summary summary;
  if (samples.empty()) return summary;
  std::vector<double> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end());
  const size_t middle = sorted.size() / 2;
  summary.median =
      sorted.size() % 2 == 1 ? sorted[middle] : sorted[middle - 1] / 2 + sorted[middle] / 2;
  summary.low = sorted.front();
  summary.high = sorted.back();
  if (summary.median != 0) summary.spread = (summary.high - summary.low) / summary.median;
  return summary;
}

}  // namespace yixin
