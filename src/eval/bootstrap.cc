// Tested by: bootstrap_test.cc
#include "eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace yixin {
namespace {

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;  // 2^64 divided by the golden ratio

uint64_t Mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

// In: a value of -1, 0 or 1 for each row.
Result<std::optional<Interval>> MeanInterval(std::span<const int8_t> values,
                                             const BootstrapOptions& options) {
  if (options.resamples <= 0 || values.size() >> 32 != 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "a bootstrap needs resamples and fewer than 2^32 rows", "resamples"};
  }
  if (values.empty()) return std::optional<Interval>();
  const auto count = static_cast<uint64_t>(values.size());
  std::vector<double> means(static_cast<size_t>(options.resamples));
  uint64_t position = 0;
  for (double& mean : means) {
    int64_t sum = 0;
    for (uint64_t i = 0; i < count; ++i) sum += values[DrawBelow(options.seed, position++, count)];
    mean = static_cast<double>(sum) / static_cast<double>(count);
  }
  std::sort(means.begin(), means.end());
  const auto last = static_cast<double>(means.size() - 1);
  const auto at = [&](double share) {
    return means[static_cast<size_t>(std::llround(share * last))];
  };
  return std::optional(Interval{at(0.025), at(0.975)});
}

}  // namespace

uint64_t DrawBelow(uint64_t seed, uint64_t position, uint64_t bound) {
  const uint64_t bits = Mix(Mix(seed + kGolden) + (position + 1) * kGolden);
  return ((bits >> 32) * bound) >> 32;
}

Result<std::optional<Interval>> AccuracyInterval(std::span<const JudgedRow> rows,
                                                 const BootstrapOptions& options) {
  std::vector<int8_t> values;
  values.reserve(rows.size());
  for (const JudgedRow& row : rows) values.push_back(row.is_right() ? 1 : 0);
  return MeanInterval(values, options);
}

Result<std::optional<Interval>> DifferenceInterval(std::span<const JudgedRow> a,
                                                   std::span<const JudgedRow> b,
                                                   const BootstrapOptions& options) {
  if (a.size() != b.size()) {
    return Error{ErrorCode::kInvalidArgument, "the two settings have not the same rows", ""};
  }
  std::vector<int8_t> values;
  values.reserve(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    values.push_back(static_cast<int8_t>(int{b[i].is_right()} - int{a[i].is_right()}));
  }
  return MeanInterval(values, options);
}

}  // namespace yixin
