// Tested by: row_sample_test.cc
#include "bulk/row_sample.h"

#include <algorithm>
#include <utility>

namespace yixin {

// Without the numbers of the last, incomplete round, which would favour the small ones.
uint64_t RowSample::Draw(uint64_t below) {
  const uint64_t rest = (UINT64_MAX % below + 1) % below;
  uint64_t drawn = generator_();
  while (drawn > UINT64_MAX - rest) drawn = generator_();
  return drawn % below;
}

void RowSample::Add() {
  const uint64_t row = seen_++;
  if (rows_.size() < wanted_) {
    rows_.push_back(row);
  } else if (const uint64_t place = Draw(seen_); place < wanted_) {
    rows_[place] = row;
  }
}

std::vector<uint64_t> RowSample::Take() {
  std::sort(rows_.begin(), rows_.end());
  return std::exchange(rows_, {});
}

}  // namespace yixin
