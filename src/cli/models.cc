// yixin models: what is here and what can be had.
// Tested by: tests/e2e/models_test.py
#include <fmt/format.h>

#include <algorithm>

#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/progress_bar.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "yixin/store.h"

namespace yixin {
namespace {

void PrintTable(const std::vector<ModelRecord>& records, const std::string& folder) {
  size_t name_columns = 4;
  size_t licence_columns = 7;
  for (const ModelRecord& record : records) {
    name_columns = std::max(name_columns, DisplayWidth(record.name));
    licence_columns = std::max(licence_columns, DisplayWidth(record.licence));
  }
  Output& output = StandardOutput();
  const auto row = [&](std::string_view name, std::string_view size, std::string_view licence,
                       std::string_view where) {
    output.Line(fmt::format("{}  {:>7}  {}  {}", FitColumns(name, name_columns), size,
                            FitColumns(licence, licence_columns), where));
  };
  row("NAME", "SIZE", "LICENCE", "WHERE");
  for (const ModelRecord& record : records) {
    const std::string size =
        record.bytes > 0 ? FormatBytes(static_cast<double>(record.bytes)) : "?";
    const std::string where =
        record.present ? record.path : fmt::format("not here (yixin pull {})", record.name);
    row(Printable(record.name), size, Printable(record.licence), Printable(where));
    if (!record.note.empty()) output.Line("    " + Printable(record.note));
  }
  output.Line(fmt::format("\nfolder: {}", Printable(folder)));
}

}  // namespace

int RunModels(Words words) {
  bool json = false;
  Arguments arguments("yixin models [--json]", "The models that are here or can be had.",
                      "  yixin models\n  yixin models --json\n");
  arguments.AddFlag("--json", "a JSON object a model", &json);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (!arguments.operands().empty()) {
    return ReportError({ErrorCode::kInvalidArgument, "models takes no names", "NAME"});
  }
  auto store = ModelStore::Open("");
  if (!store) return ReportError(store.error());
  const auto records = store->List();
  if (!records) return ReportError(records.error());
  if (!json) {
    PrintTable(*records, store->folder());
    return 0;
  }
  for (const ModelRecord& record : *records) {
    StandardOutput().Line(DumpLine(Json{{"name", record.name},
                                        {"present", record.present},
                                        {"bytes", record.bytes},
                                        {"licence", record.licence},
                                        {"sha256", record.sha256},
                                        {"path", record.path},
                                        {"note", record.note},
                                        {"revision", record.revision}}));
  }
  return 0;
}

}  // namespace yixin
