// yixin task: finds what is wanted of tasks; and the list of those that ship.
// Tested by: tests/e2e/task_test.py
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/task_verbs.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "yixin/error_table.h"
#include "yixin/store.h"
#include "yixin/task_file.h"

namespace yixin {
namespace {

struct SubVerb {
  std::string_view name;
  std::string_view summary;
  int (*run)(Words words);
};

constexpr std::array<SubVerb, 4> kSubVerbs{{
    {"list", "the tasks that ship", RunTaskList},
    {"show", "what a task says, and the prompt that it makes of a text", RunTaskShow},
    {"check", "whether a task file is right, and fits the model", RunTaskCheck},
    {"new", "a task file to begin with", RunTaskNew},
}};

std::string Help() {
  std::string help =
      "Usage: yixin task WHAT [OPTIONS]\n\n"
      "A task says what the model is told and how its answer is read. It is a TOML file; a new "
      "one\n"
      "needs no rebuild (docs/tasks.md).\n\n";
  for (const SubVerb& verb : kSubVerbs)
    help += fmt::format("  {:<6} {}\n", verb.name, verb.summary);
  return help +
         "\n  yixin task WHAT --help   its options and examples\n\n"
         "Examples:\n"
         "  yixin task new urgency -o urgency.toml --labels 紧急,一般\n"
         "  yixin task check urgency.toml\n"
         "  yixin classify --task ./urgency.toml '服务器从五点就打不开了'\n";
}

// Whether the task's head is the model's own; empty where there is no head or no model.
std::optional<bool> HeadFits(const TaskFile& file, const std::optional<std::string>& fingerprint) {
  if (!file.head || !fingerprint) return {};
  return file.head->model == *fingerprint;
}

std::string HeadOf(const TaskFile& file, std::optional<bool> fits) {
  if (!file.head) return "";
  return fmt::format("head for {}{}", file.head->model_name,
                     !fits   ? ""
                     : *fits ? ", the model in use"
                             : ", not the model in use");
}

// Of the model in use; empty where none is here.
Result<std::optional<std::string>> FingerprintInUse(const ModelOptions& options) {
  YIXIN_TRY(const auto path, LocateModelThatIsHere(options));
  if (!path) return std::optional<std::string>();
  YIXIN_TRY(std::string fingerprint, FingerprintModel(*path));
  return std::optional<std::string>(std::move(fingerprint));
}

}  // namespace

int RunTaskList(Words words) {
  bool json = false;
  ModelOptions model;
  Arguments arguments("yixin task list [OPTIONS]",
                      "The tasks that ship, by the names they have; and of the heads, whether they "
                      "are for the\nmodel in use.",
                      "  yixin task list\n  yixin task list --json --model ./my.gguf\n");
  AddLocalModelOptions(arguments, &model, /*compute=*/false);
  arguments.AddFlag("--json", "a JSON object a task", &json);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (!arguments.operands().empty()) {
    return ReportError({ErrorCode::kInvalidArgument, "task list takes no names", "NAME"});
  }
  const auto paths = ShippedTaskFiles("");
  if (!paths) return ReportError(paths.error());
  const auto fingerprint = FingerprintInUse(model);
  if (!fingerprint) return ReportError(fingerprint.error());
  std::vector<TaskFile> files;
  int code = 0;
  for (const std::string& path : *paths) {
    auto file = ReadTaskFile(path, "");
    if (file) {
      files.push_back(*std::move(file));
    } else {
      code = ReportError(file.error());
    }
  }
  size_t name_columns = 0;
  for (const TaskFile& file : files) {
    name_columns = std::max(name_columns, DisplayWidth(file.summary.name));
  }
  for (const TaskFile& file : files) {
    const auto fits = HeadFits(file, *fingerprint);
    if (json) {
      StandardOutput().Line(
          DumpLine(Json{{"name", file.summary.name},
                        {"mode", file.summary.mode},
                        {"title", file.summary.title},
                        {"labels", file.summary.labels},
                        {"head", file.head ? Json(file.head->model_name) : Json()},
                        {"head_fits", fits ? Json(*fits) : Json()},
                        {"path", file.path}}));
      continue;
    }
    StandardOutput().Line(fmt::format("{}  {:<8}  {}",
                                      FitColumns(Printable(file.summary.name), name_columns),
                                      file.summary.mode, Printable(file.summary.title)));
    std::string more = fmt::format("{}", fmt::join(file.summary.labels, " · "));
    if (file.head) more += (more.empty() ? "" : "   ") + HeadOf(file, fits);
    if (!more.empty()) {
      StandardOutput().Line(std::string(name_columns + 12, ' ') + Printable(more));
    }
  }
  return code;
}

int RunTask(Words words) {
  const std::string_view name = words.empty() ? "" : words.front();
  if (name.empty()) {
    fmt::print(stderr, "{}", Help());
    return kUsageExitCode;
  }
  if (name == "--help" || name == "-h" || name == "help") {
    StandardOutput().Write(Help());
    return 0;
  }
  for (const SubVerb& verb : kSubVerbs) {
    if (verb.name == name) return verb.run(words.subspan(1));
  }
  return ReportError({ErrorCode::kInvalidArgument,
                      fmt::format("task has no \"{}\"; it has list, show, check and new", name),
                      "WHAT"});
}

}  // namespace yixin
