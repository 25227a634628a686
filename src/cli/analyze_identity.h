// What decides over the bytes that `yixin analyze` writes, for its output's manifest: who resumes a
// run with anything else is refused, by these names, and a finished output says by them what it was
// made of. Tested by: tests/e2e/analyze_test.py
#pragma once

#include <string>
#include <vector>

#include "bulk/bulk_manifest.h"
#include "cli/analyze_flags.h"
#include "cli/analyze_view.h"
#include "table/row_writer.h"
#include "yixin/assistant.h"
#include "yixin/stop_flag.h"

namespace yixin {

// The kernel table's name among them, which a later run asks for.
inline constexpr const char* kKernelsOfRun = "the kernel table";

// A task's prior, frozen when a run begins, so that all of its rows are judged alike.
std::string PriorOfRun(const std::string& task);
std::string FormatPrior(const std::vector<double>& prior);  // to be read back to the bit
std::vector<double> ParsePrior(const std::string& text);

struct IdentityParts {
  const AnalyzeFlags& flags;
  const AnalyzeFacts& facts;
  const ModelFacts& model;
  const std::vector<std::string>& task_hashes;  // of facts.tasks
  const RowWriterOptions& writing;
};

// In: `input_hash`, empty where it cannot be known. Errors: kIo, kCancelled. Cost: reads the
// model's file for its hash.
Result<RunIdentity> IdentityOf(const IdentityParts& parts, const std::string& input_hash,
                               const StopFlag* stop);

}  // namespace yixin
