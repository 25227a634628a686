// Which rows a sample of N takes: each row of the table with the same chance, the same rows for the
// same seed. Vitter's algorithm R (Random Sampling with a Reservoir, 1985).
// Tested by: row_sample_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace yixin {

class RowSample {
 public:
  RowSample(size_t wanted, uint64_t seed) : wanted_(wanted), generator_(seed) {}

  // The next row of the table.
  void Add();
  // The chosen rows' numbers from 0, ascending; all of them where there are no more than wanted.
  std::vector<uint64_t> Take();

 private:
  uint64_t Draw(uint64_t below);

  size_t wanted_;
  std::mt19937_64 generator_;  // its output is fixed by the standard; std:: distributions' is not
  uint64_t seen_ = 0;
  std::vector<uint64_t> rows_;
};

}  // namespace yixin
