#include "cli/doctor_verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/progress_bar.h"
#include "cli/terminal.h"
#include "yixin/error_table.h"
#include "yixin/packed.h"
#include "yixin/store.h"

namespace yixin {
namespace {

// What was looked at, and how it is.
struct Row {
  std::string kind;  // "model", "packed"
  std::string path;
  uint64_t bytes = 0;
  bool good = false;
  bool grave = false;  // a start would go wrong, or trust wrong bytes
  std::string result;
};

Row ToRow(const FileRecord& file) {
  const bool good = file.problem.empty();
  return {"model", file.path, file.bytes, good, !good, good ? "SHA-256 right" : file.problem};
}

Row ToRow(const PackedRecord& packed) {
  Row row{"packed", packed.path, packed.bytes, packed.state == PackedState::kSound, false, ""};
  switch (packed.state) {
    case PackedState::kSound:
      row.result = fmt::format("{} sections right", packed.sections);
      break;
    case PackedState::kDamaged:
      row.grave = true;
      row.result = packed.problem + "; pack it again: yixin pack --force" +
                   (packed.model_path.empty() ? " MODEL" : " " + packed.model_path);
      break;
    case PackedState::kOutdated:
      row.result = packed.problem + "; the next start packs it again";
      break;
    case PackedState::kOrphaned:
    case PackedState::kUnfinished:
      row.result = packed.problem + "; yixin doctor --clean removes it";
      break;
  }
  return row;
}

void PrintTable(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const char* mark = row.good ? "✓" : row.grave ? "✗" : "!";
    StandardOutput().Line(fmt::format("{} {}  {:>7}  {}  {}", mark, FitColumns(row.kind, 6),
                                      FormatBytes(static_cast<double>(row.bytes)),
                                      Printable(row.path), Printable(row.result)));
  }
  const auto wrong = std::count_if(rows.begin(), rows.end(), [](const Row& r) { return r.grave; });
  if (rows.empty()) {
    StandardOutput().Line("nothing to verify: no model is here");
  } else if (wrong == 0) {
    StandardOutput().Line(fmt::format("\n✓ {} files, all is well", rows.size()));
  } else {
    StandardOutput().Line(fmt::format("\n✗ {} of {} files are wrong", wrong, rows.size()));
  }
}

Json ToJson(const Row& row) {
  return Json{{"kind", row.kind}, {"path", row.path},   {"bytes", row.bytes},
              {"good", row.good}, {"grave", row.grave}, {"result", row.result}};
}

}  // namespace

int VerifyEverything(bool json) {
  const InterruptScope interrupts;
  const auto store = ModelStore::Open("");
  if (!store) return ReportError(store.error());
  const auto files = store->Check(true, &Interrupts());
  if (!files) return ReportError(files.error());
  const auto packed = ListPacked(PackedWeightsFolder(), true, &Interrupts());
  if (!packed) return ReportError(packed.error());
  std::vector<Row> rows;
  for (const FileRecord& file : *files) rows.push_back(ToRow(file));
  for (const PackedRecord& record : *packed) rows.push_back(ToRow(record));
  const bool grave =
      std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.grave; });
  if (json) {
    for (const Row& row : rows) StandardOutput().Line(DumpLine(ToJson(row)));
  } else {
    PrintTable(rows);
  }
  return grave ? TraitsOf(ErrorCode::kVerification).exit_code : 0;
}

int CleanUp(bool json) {
  const auto removed = CleanPacked(PackedWeightsFolder());
  if (!removed) return ReportError(removed.error());
  uint64_t bytes = 0;
  for (const PackedRecord& record : *removed) {
    bytes += record.bytes;
    const std::string line = fmt::format("removed {} ({})", record.path, record.problem);
    StandardOutput().Line(json ? DumpLine(Json{{"removed", record.path}, {"bytes", record.bytes}})
                               : Printable(line));
  }
  if (!json) {
    StandardOutput().Line(removed->empty() ? "nothing to clean"
                                           : fmt::format("{} are free again",
                                                         FormatBytes(static_cast<double>(bytes))));
  }
  return 0;
}

}  // namespace yixin
