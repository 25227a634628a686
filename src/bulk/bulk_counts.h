// What a run has done so far: for progress, the manifest and the summary.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace yixin {

// A row whose rating says the opposite of its text.
struct Disagreement {
  uint64_t line = 0;
  std::string rating;
  std::string label;
  double margin = 0;
  std::string text;  // its beginning
  bool operator==(const Disagreement&) const = default;
};

// Of the rows with a label, where a column of ratings is compared.
struct ComparedCounts {
  uint64_t agreeing = 0;
  uint64_t disagreeing = 0;
  uint64_t silent = 0;               // the rating or the text says neither good nor bad
  std::vector<Disagreement> surest;  // the ten with the largest margins
  bool operator==(const ComparedCounts&) const = default;
};

struct BulkCounts {
  uint64_t rows = 0;                         // in the output, bad ones too
  uint64_t failed = 0;                       // of them those with an error code, of any task
  uint64_t reused = 0;                       // of them those whose text had been computed before
  std::map<std::string, uint64_t> failures;  // error code -> rows
  std::vector<std::map<std::string, uint64_t>> labels;  // [tasks]: label -> rows
  ComparedCounts compared;
  bool operator==(const BulkCounts&) const = default;
};

}  // namespace yixin
