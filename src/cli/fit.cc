// yixin fit: a task that learns from labelled rows. The learning is the room fit's; here are the
// words, the rows, the files and the exit code. Tested by: tests/e2e/fit_test.py
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>

#include "cli/analyze_flags.h"
#include "cli/console.h"
#include "cli/files.h"
#include "cli/fit_data.h"
#include "cli/fit_view.h"
#include "cli/interrupt.h"
#include "cli/progress_bar.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "fit/fit_run.h"
#include "yixin/system.h"

namespace yixin {
namespace {

constexpr int kNotBetter = 4;
// Labels whose scores an untaught task is asked for: each of several tokens is a pass of its own.
constexpr size_t kMostScoredLabels = 20;

struct FitFlags {
  AnalyzeFlags input;  // model, and how the file is read
  std::string output;
  DataColumns columns;
  bool builtin = false;
  bool force = false;
  bool overwrite = false;
  bool json = false;
};

// A file that is gone at the end.
class TemporaryTask {
 public:
  TemporaryTask() = default;
  ~TemporaryTask() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  TemporaryTask(const TemporaryTask&) = delete;
  TemporaryTask& operator=(const TemporaryTask&) = delete;

  Status Write(const std::string& toml) {
    std::error_code failure;
    std::string pattern =
        (std::filesystem::temp_directory_path(failure) / "yixin_fit_XXXXXX.toml").string();
    const int fd = mkstemps(pattern.data(), 5);
    if (fd < 0) return Error{ErrorCode::kIo, "cannot write " + pattern, pattern};
    close(fd);
    path_ = pattern;
    return WriteWholeFile(path_, toml);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Fitting {
 public:
  Fitting(const FitFlags& flags, std::string task, std::string data)
      : flags_(flags), task_(std::move(task)), data_path_(std::move(data)) {}

  // Gives the exit code.
  Result<int> Run() {
    YIXIN_CHECK_OK(ChooseFiles());
    YIXIN_CHECK_OK(ReadRows());
    YIXIN_TRY(Assistant assistant, OpenAssistant(flags_.input.model));
    assistant_.emplace(std::move(assistant));
    YIXIN_CHECK_OK(OpenTask());
    YIXIN_TRY(FitResult result, Learn());
    const bool write = result.is_better() || flags_.force;
    if (write) YIXIN_CHECK_OK(Write(result));
    if (flags_.json) {
      StandardOutput().Line(DumpLine(FitJson(facts_, result)));
    } else {
      for (const std::string& line : FormatFit(facts_, result)) {
        StandardOutput().Line(Printable(line));
      }
    }
    if (write) return 0;
    PrintNote("it is not better than untaught, so nothing was written; --force writes it anyway");
    return kNotBetter;
  }

 private:
  Status ChooseFiles() {
    output_ = flags_.output;
    if (output_.empty()) output_ = TaskNameOf(task_) + ".taught.task.toml";
    if (!output_.ends_with(".toml")) {
      return Error{ErrorCode::kInvalidArgument,
                   "-o: expected a name that ends in .toml, got " + output_, "output"};
    }
    for (const std::string& path : {output_, HeadFileOf(output_)}) {
      std::error_code failure;
      if (!flags_.overwrite && std::filesystem::exists(path, failure)) {
        return Error{ErrorCode::kInvalidArgument,
                     path + ": is there already; choose another -o, or --overwrite", path};
      }
    }
    return {};
  }

  Status ReadRows() {
    YIXIN_TRY(const TableOptions options, ToTableOptions(flags_.input));
    if (!data_path_.empty()) {
      YIXIN_TRY(data_, ReadFitData(data_path_, options, flags_.columns, &Interrupts()));
    }
    if (flags_.builtin) {
      const std::string share = DescribeSystem().share_path;
      if (share.empty()) {
        return Error{ErrorCode::kNotFound,
                     "the folder share/ of yixin, which has the rows, is not found; yixin doctor "
                     "says where it is looked for",
                     "share"};
      }
      for (const char* name : {"reviews.zh.jsonl", "everyday.zh.jsonl"}) {
        YIXIN_TRY(FitData more, ReadFitData((std::filesystem::path(share) / "data" / name).string(),
                                            {}, {}, &Interrupts()));
        Append(std::move(more), data_);
      }
    }
    facts_.bad_rows = data_.bad;
    facts_.first_fault = data_.first_fault;
    if (LiveProgress()) PrintNote(data_.input);
    return {};
  }

  // The task, or one made of the data's labels.
  Status OpenTask() {
    std::vector<std::string> known;
    if (!task_.empty()) {
      YIXIN_TRY(const TaskFacts task, assistant_->DescribeUntaught(task_));
      known = task.summary.labels;
      scored_ = task.scored;
      neutral_ = task.neutral;
      facts_.task = task.summary.name;
      if (task.summary.mode != "score") {
        return Error{ErrorCode::kInvalidArgument,
                     fmt::format("{} is a task of mode {}; one of mode score can be taught",
                                 facts_.task, task.summary.mode),
                     "TASK"};
      }
    }
    YIXIN_TRY(set_, CheckRows(data_.rows, known, {}));
    asked_ = task_;
    if (task_.empty()) {
      YIXIN_CHECK_OK(temporary_.Write(TaskOfLabels(TaskNameOf(output_), set_.labels)));
      asked_ = temporary_.path();
      scored_ = set_.labels;
      return {};
    }
    std::string strangers;
    for (const std::string& label : set_.labels) {
      if (std::ranges::find(known, label) == known.end()) {
        strangers += (strangers.empty() ? "" : ", ") + label;
      }
    }
    if (strangers.empty()) return {};
    return Error{
        ErrorCode::kInvalidFile,
        fmt::format("the task {} has no label {}; it has {}. Leave TASK out for a task of the "
                    "data's own labels: yixin fit DATA -o {}",
                    facts_.task, strangers, fmt::join(known, ", "), output_),
        "TASK"};
  }

  Result<FitResult> Learn() {
    const ModelFacts& model = assistant_->facts();
    facts_.model = model.name;
    facts_.kernels = model.kernels;
    facts_.layers = model.layers;
    StateOptions options;
    options.task = asked_;
    options.truncation = ToClassifyOptions(flags_.input, asked_).truncation;
    // Data without the neutral label asks for one of the others.
    options.no_neutral =
        !neutral_.empty() && std::ranges::find(set_.labels, neutral_) == set_.labels.end();
    options.untaught = scored_.size() <= kMostScoredLabels;
    FitModel asked{.layers = model.layers, .hidden = model.hidden, .scored = scored_, .read = {}};
    asked.read = [&](std::span<const std::string> texts, const std::vector<int>& layers) {
      options.layers = layers;
      return assistant_->ReadStates(texts, options, &Interrupts());
    };
    ProgressBar bar(task_.empty() ? output_ : task_, stderr, LiveProgress());
    FitOptions fitting;
    fitting.stop = &Interrupts();
    fitting.progress = [&](const char* stage, double share) { bar.Share(share, stage); };
    auto result = RunFit(std::move(set_), asked, fitting);
    bar.Finish("");
    return result;
  }

  Status Write(const FitResult& result) {
    facts_.task_file = output_;
    TeachRequest request;
    request.task = asked_;
    request.name = TaskNameOf(output_);
    request.comments = FitComments(facts_, result);
    request.head = result.head;
    request.head_file = std::filesystem::path(HeadFileOf(output_)).filename().string();
    request.corrections = result.corrections;
    YIXIN_TRY(const TaughtTask taught, assistant_->Teach(request));
    // The head first: a task file without its head would be an error, a head alone is nothing.
    if (!taught.head.empty()) {
      facts_.head_file = HeadFileOf(output_);
      YIXIN_CHECK_OK(WriteWholeFile(facts_.head_file, taught.head));
    }
    return WriteWholeFile(output_, taught.task);
  }

  const FitFlags& flags_;
  std::string task_;  // as given; empty: one is made of the labels
  std::string data_path_;
  std::string output_;
  FitData data_;
  FitFacts facts_;
  std::optional<Assistant> assistant_;
  TemporaryTask temporary_;
  std::string asked_;  // the task that is asked
  std::vector<std::string> scored_;
  std::string neutral_;
  LabelledSet set_;
};

void Describe(Arguments& arguments, FitFlags* flags) {
  AddModelOptions(arguments, &flags->input.model);
  arguments.AddText("--kernels", "NAME", "force a kernel table (yixin doctor lists them)",
                    &flags->input.model.kernels);
  arguments.AddText("-o,--output", "FILE.toml",
                    "the new task; its head is written beside it (default: TASK.taught.task.toml)",
                    &flags->output);
  AddDataFlags(arguments, &flags->columns, &flags->input);
  arguments.AddChoice("--truncate", {"head", "tail", "middle"},
                      "what is kept of a text that is too long (default: it is left out)",
                      &flags->input.truncate);
  arguments.AddFlag("--builtin", "learn from the rows that ship with yixin (for sentiment.zh)",
                    &flags->builtin);
  arguments.AddFlag("--force", "write it even if it is not better than untaught", &flags->force);
  arguments.AddFlag("--overwrite", "replace files that are there", &flags->overwrite);
  arguments.AddFlag("--json", "what was learned as a JSON object", &flags->json);
}

Error Usage(const std::string& words) { return {ErrorCode::kInvalidArgument, words, "DATA"}; }

}  // namespace

int RunFitVerb(Words words) {
  FitFlags flags;
  Arguments arguments(
      "yixin fit [OPTIONS] [TASK] DATA -o FILE.toml",
      "Teaches a task from rows with labels (CSV, TSV, JSONL): a small head on the same model, in\n"
      "seconds, kept in a file of its own beside the new task file. Without TASK a task is made "
      "of\n"
      "the data's own labels, 2 to 100. Below 50 rows the labels' scores are corrected instead.\n"
      "What it prints is cross-validated: rows are judged by heads that have not seen them.\n"
      "\n"
      "Exit codes: 0 written; 4 not better than untaught, nothing written; 64 wrong words; 65, 66\n"
      "data, task or model that cannot be used, the message says which; 74 reading or writing\n"
      "failed; 130 Ctrl-C.",
      "  yixin fit sentiment.zh reviews.csv --label-column mood -o my.task.toml\n"
      "  yixin classify --task ./my.task.toml '还行吧'\n"
      "  yixin fit tickets.jsonl --column body --label-column team -o teams.task.toml\n"
      "  yixin fit sentiment.zh --builtin\n");
  Describe(arguments, &flags);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  const auto& operands = arguments.operands();
  std::string task;
  std::string data;
  if (operands.size() == 2) {
    task = operands[0].value;
    data = operands[1].value;
  } else if (operands.size() == 1 && flags.builtin) {
    task = operands[0].value;
  } else if (operands.size() == 1) {
    data = operands[0].value;
  } else {
    return ReportError(Usage("give a task and a file of labelled rows, or the file alone"));
  }
  if (!data.empty() && flags.output.empty()) {
    return ReportError(Usage("say where the new task goes: -o my.task.toml"));
  }
  const InterruptScope interrupts;
  const auto code = Fitting(flags, task, data).Run();
  if (code) return *code;
  const int reported = ReportError(code.error());
  return code.error().code == ErrorCode::kCancelled ? InterruptExitCode() : reported;
}

}  // namespace yixin
