// What lies beside an output: of which run it is and, while that is not finished, how much of it is
// good and where in the input to go on. Written only after the bytes that it speaks of are on the
// disk. It has no times, so that the same run has the same one.
// Tested by: bulk_manifest_test.cc
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bulk/bulk_counts.h"
#include "table/row.h"
#include "yixin/result.h"

namespace yixin {

// What decides over the output's bytes, as names that people know and values that are compared:
// {"the input", SHA-256}, {"the task sentiment.zh", SHA-256}, {"the kernel table", "amx"}.
using RunIdentity = std::vector<std::pair<std::string, std::string>>;

struct BulkManifest {
  RunIdentity identity;
  std::string input;          // its name, for people; another name is no other run
  bool appends = false;       // rows go straight behind what the output held
  uint64_t output_begin = 0;  // bytes that it held
  RowPosition next;           // of the first row that is not in the output
  uint64_t output_bytes = 0;  // that are good, from its beginning; what follows them is cut off
  std::string output_sha256;  // of those
  bool is_complete = false;   // all rows are there
  BulkCounts counts;
};

std::string ToJsonText(const BulkManifest& manifest);
// In: `name`, for messages. Errors: kInvalidFile with the key.
Result<BulkManifest> ParseBulkManifest(std::string_view json, const std::string& name);
// Nothing where there is no such file. Errors: kIo; those of ParseBulkManifest.
Result<std::optional<BulkManifest>> ReadBulkManifest(const std::string& path);

// Errors: kVerification, naming the first thing that differs, and both values.
Status CheckSameRun(const RunIdentity& before, const RunIdentity& now);
// Empty where there is no such name.
std::string ValueOf(const RunIdentity& identity, std::string_view name);

}  // namespace yixin
