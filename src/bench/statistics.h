// What is said of a few samples: the median, and how far they spread.
// Tested by: statistics_test.cc
#pragma once

#include <span>

namespace yixin {

struct Summary {
  double median = 0;
  double low = 0;   // the least sample
  double high = 0;  // the greatest
  // (high - low) / median: what a comparison of two medians has to exceed to mean anything.
  double spread = 0;
};

// In: finite numbers. Zeros where there are none; of an even number, the mean of the two in the
// middle.
Summary Summarize(std::span<const double> samples);

}  // namespace yixin
