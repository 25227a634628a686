// yixin task new: a task file to begin with.
// Tested by: tests/e2e/task_test.py
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/data_labels.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/task_template.h"
#include "cli/task_verbs.h"
#include "cli/terminal.h"
#include "yixin/task_file.h"

namespace yixin {
namespace {

struct NewFlags {
  std::string output;
  std::string labels;
  std::string from;
  DataColumns columns;
  AnalyzeFlags input;  // how --from is read
  std::string ask;
  std::string title;
  bool chat = false;
  bool overwrite = false;
};

// The labels that the data has; says how many rows each has.
Result<std::vector<std::string>> LabelsOfData(const NewFlags& flags) {
  YIXIN_TRY(const TableOptions options, ToTableOptions(flags.input));
  const InterruptScope interrupts;
  YIXIN_TRY(const DataLabels data,
            ReadDataLabels(flags.from, options, flags.columns, &Interrupts()));
  PrintNote(fmt::format("{}: rows by label: {}", flags.from, Describe(data)));
  if (data.unlabelled > 0) PrintNote(fmt::format("rows without a label: {}", data.unlabelled));
  if (data.bad > 0) {
    PrintNote(
        fmt::format("rows that cannot be read: {}; the first: {}", data.bad, data.first_fault));
  }
  std::vector<std::string> labels;
  for (const DataLabel& label : data.labels) labels.push_back(label.name);
  return labels;
}

Result<TaskTemplate> ToTemplate(const NewFlags& flags, const std::string& name) {
  TaskTemplate wanted{name, flags.title, flags.ask, {}};
  if (name.find('/') != std::string::npos || name.ends_with(".toml")) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("\"{}\" is a path; give a name, and the file by -o", name), "NAME"};
  }
  const DataColumns& columns = flags.columns;
  if (flags.from.empty() && !(columns.label + columns.split).empty()) {
    return Error{ErrorCode::kInvalidArgument, "--label-column and --split are about --from DATA",
                 "--from"};
  }
  const bool has_labels = !flags.labels.empty() || !flags.from.empty();
  if (flags.chat && has_labels) {
    return Error{ErrorCode::kInvalidArgument, "a chat task has no labels", "--labels"};
  }
  if (!flags.labels.empty() && !flags.from.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "the labels are those of --labels or those of --from; give one of the two",
                 "--from"};
  }
  if (!flags.chat && !has_labels) {
    return Error{ErrorCode::kInvalidArgument,
                 "give the labels, as --labels 紧急,一般, or a file that has them, as --from DATA "
                 "(or --chat for a voice to talk to)",
                 "--labels"};
  }
  if (!flags.from.empty()) {
    YIXIN_TRY(wanted.labels, LabelsOfData(flags));
    return wanted;
  }
  if (!flags.chat) wanted.labels = SplitLabels(flags.labels);
  if (std::ranges::find(wanted.labels, "") != wanted.labels.end()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--labels {}: a label is empty", flags.labels), "--labels"};
  }
  return wanted;
}

Status Write(const NewFlags& flags, const std::string& path, const std::string& toml) {
  std::error_code ignored;
  if (!flags.overwrite && std::filesystem::exists(path, ignored)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{} is there already; --overwrite replaces it", path), path};
  }
  if (!flags.from.empty() && std::filesystem::equivalent(path, flags.from, ignored)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{} is the data that --from reads; choose another -o", path), path};
  }
  return WriteWholeFile(path, toml);
}

void PrintNextSteps(const std::string& path, bool chat) {
  // A path, so that it is no shipped task's name.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  PrintNote(fmt::format("wrote {}. Next, with an editor, examples of your own; then:", path));
  if (chat) {
    fmt::print(stderr, "  yixin task check {0}\n  yixin chat --task {0}\n", Printable(file));
    return;
  }
  fmt::print(stderr,
             "  yixin task check {0}\n  yixin classify --task {0} TEXT\n"
             "  yixin eval --task {0} DATA      how good it is, on rows with labels\n"
             "  yixin fit {0} DATA -o NEW.toml  teach it by such rows\n",
             Printable(file));
}

}  // namespace

int RunTaskNew(Words words) {
  NewFlags flags;
  Arguments arguments("yixin task new [OPTIONS] NAME",
                      "Writes a task file that works as it is, with what to add next as comments.",
                      "  yixin task new urgency --labels 紧急,一般,不急\n"
                      "  yixin task new mail -o mail.toml --labels spam,ham --ask 'Is this spam?'\n"
                      "  yixin task new stars --from reviews.csv --label-column stars\n"
                      "  yixin task new teacher --chat --ask '你是一位耐心的小学老师。'\n");
  arguments.AddText("-o,--output", "FILE", "where it goes (NAME.toml; - for standard output)",
                    &flags.output);
  arguments.AddText("--labels", "A,B,...", "the labels, two or more", &flags.labels);
  arguments.AddText("--from", "DATA", "take the labels from a file of rows (CSV, TSV, JSONL)",
                    &flags.from);
  AddLabelFlags(arguments, &flags.columns, &flags.input);
  arguments.AddText("--ask", "TEXT", "what the model is told (made of the labels)", &flags.ask);
  arguments.AddText("--title", "TEXT", "a line for people", &flags.title);
  arguments.AddFlag("--chat", "a voice to talk to instead of labels", &flags.chat);
  arguments.AddFlag("--overwrite", "replace a file that is there", &flags.overwrite);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (arguments.operands().size() != 1) {
    return ReportError({ErrorCode::kInvalidArgument, "give the new task one name", "NAME"});
  }
  const auto wanted = ToTemplate(flags, arguments.operands().front().value);
  if (!wanted) {
    const int code = ReportError(wanted.error());
    return wanted.error().code == ErrorCode::kCancelled ? InterruptExitCode() : code;
  }
  const std::string path = flags.output.empty() ? wanted->name + ".toml" : flags.output;
  const std::string toml = RenderTaskTemplate(*wanted);
  if (const Status status = CheckTaskText(toml, path); !status) {
    if (flags.from.empty()) {
      return ReportError({ErrorCode::kInvalidArgument, status.error().message, "NAME"});
    }
    return ReportError(
        {ErrorCode::kInvalidFile,
         fmt::format("the labels of {} make no task: {}", flags.from, status.error().message),
         flags.from});
  }
  if (path == "-") {
    StandardOutput().Write(toml);
    return 0;
  }
  if (const Status status = Write(flags, path, toml); !status) return ReportError(status.error());
  PrintNextSteps(path, flags.chat);
  return 0;
}

}  // namespace yixin
