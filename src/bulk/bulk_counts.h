// What a run has done so far: for progress, the manifest and the summary.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace yixin {

struct BulkCounts {
  uint64_t rows = 0;                         // in the output, bad ones too
  uint64_t failed = 0;                       // of them those with an error code, of any task
  uint64_t reused = 0;                       // of them those whose text had been computed before
  std::map<std::string, uint64_t> failures;  // error code -> rows
  std::vector<std::map<std::string, uint64_t>> labels;  // [tasks]: label -> rows
  bool operator==(const BulkCounts&) const = default;
};

}  // namespace yixin
