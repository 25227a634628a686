// How far a figure may be off because these rows were drawn and not others: percentile intervals
// over resamples (Efron 1979). Tested by: bootstrap_test.cc
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "eval/judged_row.h"
#include "yixin/result.h"

namespace yixin {

struct BootstrapOptions {
  int resamples = 2000;
  uint64_t seed = 0;
};

struct Interval {  // 95 %
  double low = 0;
  double high = 0;
};

// A number in [0, bound) for (seed, position): the same on every machine, in any order. SplitMix64
// (Steele, Lea, Flood 2014); high half of a product (Lemire 2019), whose bias is below 2^-32 for
// the counts of rows here. In: 0 < bound < 2^32.
uint64_t DrawBelow(uint64_t seed, uint64_t position, uint64_t bound);

// None: no rows. Errors: kInvalidArgument for no resamples or 2^32 rows.
// Cost: rows x resamples additions.
Result<std::optional<Interval>> AccuracyInterval(std::span<const JudgedRow> rows,
                                                 const BootstrapOptions& options);
// Accuracy of b minus that of a, of the same rows in the same order: a resample draws both, so what
// is hard for both cancels out. Errors: as above; kInvalidArgument for another number of rows.
Result<std::optional<Interval>> DifferenceInterval(std::span<const JudgedRow> a,
                                                   std::span<const JudgedRow> b,
                                                   const BootstrapOptions& options);

}  // namespace yixin
