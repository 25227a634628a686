// What lies beside an output that is not finished: of which run it is, how much of it is good, and
// where in the input to go on. Written only after the bytes that it speaks of are on the disk.
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
  RowPosition next;           // of the first row that is not in the output
  uint64_t output_bytes = 0;  // that are good; what follows them is cut off
  std::string output_sha256;  // of those
  bool is_complete = false;   // all rows are there; only the final name is lacking
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
