// A bench report for programs (JSON) and for people (lines).
// Tested by: report_test.cc
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/suite.h"

namespace yixin {

// What a row reaches of what the machine gave in the same rounds; medians of both. NaN where there
// is nothing to compare: no probe for these instructions, or a row that is not bound by it.
struct Shares {
  double arithmetic = 0;       // of a plain int8 matrix product on all threads
  double peak_arithmetic = 0;  // of the instructions' own rate, operands in registers
  double bandwidth = 0;        // of a streaming read on all threads
};
Shares SharesOf(const RowResult& row, const BenchReport& report);

// {"version", "numerics_version", "model", "kernels", "threads", "cpu", "quick", "rounds",
// "machine":
//  {NAME: STATISTICS}, "rows": [{"name", "unit", STATISTICS, "arithmetic_share",
//  "peak_arithmetic_share", "bandwidth_share"}]}, where STATISTICS is {"median", "low", "high",
//  "spread", "samples"}. Shares that do not exist are null.
nlohmann::ordered_json ToJson(const BenchReport& report);

// A table in lines of at most 100 columns.
std::vector<std::string> ToLines(const BenchReport& report);

}  // namespace yixin
