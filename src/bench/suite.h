// What `yixin bench` measures, row by row, in interleaved rounds: each round runs every row once
// and the machine's limits with them, so that a slow minute falls on all alike. Tested by:
// suite_test.cc, tests/e2e/bench_test.py
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/machine.h"
#include "yixin/assistant.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

enum class RowKind { kPrefill, kDecode, kLabels, kStart, kMemory, kContext };

struct Row {
  RowKind kind;
  int count;              // prompt tokens, streams, texts a call; 0 where it has no meaning
  std::string name;       // "prefill.512"
  std::string_view unit;  // "tok/s", "labels/s", "ms", "MB"
  bool asked_only;        // runs only when --only names it: it takes long
};
// Every row, in the order of the report.
const std::vector<Row>& AllRows();

// In: names separated by commas, each of a row ("prefill.512") or of a group ("prefill"); empty:
// every row that is not asked_only. Errors: kInvalidArgument lists the names.
Result<std::vector<Row>> SelectRows(std::string_view only);

struct BenchOptions {
  std::vector<Row> rows;
  int rounds = 5;
  bool quick = false;              // fewer tokens and texts: a check, not a measurement
  std::vector<std::string> texts;  // to label; empty: MakeReviews
  std::string program;             // this program, run again for the rows `start` and `memory`
  std::vector<std::string> model_words;  // the options by which it opens the same model
  std::string kernels;                   // forced; empty: as the environment says
  // What runs now, and the share done in [0, 1].
  std::function<void(std::string_view, double)> progress;
};

struct RowResult {
  Row row;
  std::vector<double> samples;  // one a round
  // Work that a unit of the row costs, for shares of the machine's limits; 0: none to speak of.
  double operations = 0;
  double bytes = 0;
};

struct BenchReport {
  ModelFacts model;
  std::string cpu;
  bool quick = false;
  std::vector<MachineSample> machine;  // one a round
  bool has_probe = false;
  std::vector<RowResult> rows;
};

// Errors: what a row met, with the row's name; kCancelled.
Result<BenchReport> RunBench(Assistant& assistant, const BenchOptions& options,
                             const StopFlag* stop);

// What the row `memory` runs in a process of its own: a chat of 2,048 tokens, its mood read first.
// Out: the process's peak memory in bytes, mapped pages included.
Result<uint64_t> MeasureChatMemory(Assistant& assistant, bool quick, const StopFlag* stop);

}  // namespace yixin
