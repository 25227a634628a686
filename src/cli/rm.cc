// yixin rm: removes a model that was pulled.
// Tested by: tests/e2e/models_test.py
#include <fmt/format.h>
#include <unistd.h>

#include "cli/console.h"
#include "cli/line_reader.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "yixin/store.h"

namespace yixin {
namespace {

bool Agreed(const std::string& name, const std::string& path) {
  fmt::print(stderr, "remove {} ({})? [y/N] ", Printable(name), Printable(path));
  LineReader reader(STDIN_FILENO);
  const auto answer = reader.Next();
  if (!answer || !answer->has_value()) return false;
  const std::string& text = (*answer)->text;
  return text == "y" || text == "Y" || text == "yes" || text == "是";
}

}  // namespace

int RunRemove(Words words) {
  bool yes = false;
  Arguments arguments("yixin rm [--yes] NAME", "Removes a model from this computer.",
                      "  yixin rm smollm2-135m\n");
  arguments.AddFlag("-y,--yes", "do not ask", &yes);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (arguments.operands().size() != 1) {
    return ReportError({ErrorCode::kInvalidArgument,
                        "give one model to remove (yixin models lists them)", "NAME"});
  }
  const std::string& name = arguments.operands().front().value;
  auto store = ModelStore::Open("");
  if (!store) return ReportError(store.error());
  // A damaged model can be removed too: Remove knows whether there is anything of it.
  const auto record = store->Find(name);
  if (!record && record.error().code != ErrorCode::kVerification &&
      record.error().code != ErrorCode::kNotFound) {
    return ReportError(record.error());
  }
  const std::string path = record ? record->path : record.error().message;
  if (!yes && IsTerminal(STDIN_FILENO) && !Agreed(name, path)) {
    PrintNote("nothing was removed");
    return 0;
  }
  if (auto status = store->Remove(name); !status) return ReportError(status.error());
  PrintNote(fmt::format("removed {}", name));
  return 0;
}

}  // namespace yixin
