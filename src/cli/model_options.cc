#include "cli/model_options.h"

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <utility>

#include "cli/console.h"
#include "cli/interrupt.h"
#include "cli/progress_bar.h"
#include "cli/terminal.h"

namespace yixin {
namespace {

using Fetch = std::function<Result<ModelRecord>(const PullProgress&, const StopFlag*)>;

Result<ModelRecord> FetchWithProgress(std::string_view title, const Fetch& fetch) {
  const InterruptScope interrupts;
  ProgressBar bar(title, stderr, LiveProgress());
  PullProgress progress;
  progress.say = [&](std::string_view line) { bar.Say(line); };
  progress.bytes = [&](uint64_t done, uint64_t total, double bytes_per_s) {
    bar.Bytes(done, total, bytes_per_s);
  };
  auto record = fetch(progress, &Interrupts());
  bar.Finish(record ? fmt::format("{}: {}", record->name, record->path) : "");
  return record;
}

Result<std::string> LocateNamedModel(const std::string& model) {
  // A path needs no catalog, so that it works where nothing is installed. ORG/REPO is one where
  // such a folder is here.
  std::error_code ignored;
  const bool may_be_path = model.find('/') != std::string::npos || model.ends_with(".gguf");
  if (may_be_path && std::filesystem::exists(model, ignored)) return model;
  if (!model.empty() && std::filesystem::exists(model + "/config.json", ignored)) return model;
  YIXIN_TRY(ModelStore store, ModelStore::Open(""));
  if (model.empty()) {
    YIXIN_TRY(const ModelRecord record,
              FetchWithProgress("model", [&](const PullProgress& progress, const StopFlag* stop) {
                return store.EnsureDefault(progress, stop);
              }));
    return record.path;
  }
  YIXIN_TRY(const ModelRecord record, store.Find(model));
  if (record.path.empty()) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("model {} is not here; get it with: yixin pull {}", model, model),
                 model};
  }
  return record.path;
}

}  // namespace

bool LiveProgress() { return IsTerminal(2) && CanEditLines(); }

Result<std::string> LocateModel(const ModelOptions& options) {
  return LocateNamedModel(options.model);
}

Result<std::optional<std::string>> LocateModelThatIsHere(const ModelOptions& options) {
  if (options.model.empty()) {
    YIXIN_TRY(const ModelStore store, ModelStore::Open(""));
    const auto record = store.FindDefault();
    if (!record) return std::optional<std::string>();
    return std::optional<std::string>(record->path);
  }
  YIXIN_TRY(std::string path, LocateModel(options));
  return std::optional<std::string>(std::move(path));
}

void AddModelOptions(Arguments& arguments, ModelOptions* options, bool compute) {
  arguments.AddText("-m,--model", "NAME|ORG/REPO|PATH",
                    "the model (see: yixin models); the default is pulled if it is not here",
                    &options->model);
  if (compute) AddComputeOptions(arguments, options);
}

void AddLocalModelOptions(Arguments& arguments, ModelOptions* options, bool compute) {
  arguments.AddText("-m,--model", "NAME|ORG/REPO|PATH",
                    "the model (see: yixin models); the default if it is here, nothing is fetched",
                    &options->model);
  if (compute) AddComputeOptions(arguments, options);
}

void AddComputeOptions(Arguments& arguments, ModelOptions* options) {
  arguments.AddInteger("--threads", "threads (default: the physical cores that may be used)", 1,
                       1024, &options->threads);
  arguments.AddInteger("--context", "tokens of context (default 4096)", 16, 1 << 20,
                       &options->context);
}

Result<Assistant> OpenAssistant(const ModelOptions& options) {
  AssistantOptions open;
  YIXIN_TRY(open.model_path, LocateModel(options));
  open.threads = options.threads.value_or(open.threads);
  open.context = options.context.value_or(open.context);
  open.kernels = options.kernels;
  ProgressBar bar("preparing the model", stderr, LiveProgress());
  // Weights that were packed before need no preparing, and no line that says so.
  bool packing = false;
  open.progress = [&](double share) {
    packing |= share < 1;
    if (packing) bar.Share(share);
  };
  open.cache_folder = PackedWeightsFolder();
  const InterruptScope interrupts;
  auto assistant = Assistant::Open(open, &Interrupts());
  bar.Finish("");
  // A Ctrl-C that came too late for packing is one all the same.
  if (Interrupts().requested()) return Error{ErrorCode::kCancelled, "stopped", ""};
  if (assistant && !assistant->facts().weights_note.empty()) {
    PrintNote(assistant->facts().weights_note);
  }
  if (assistant && !assistant->facts().template_note.empty()) {
    PrintNote(assistant->facts().template_note);
  }
  return assistant;
}

Result<std::optional<Assistant>> OpenAssistantThatIsHere(const ModelOptions& options) {
  YIXIN_TRY(const auto path, LocateModelThatIsHere(options));
  if (!path) return std::optional<Assistant>();
  ModelOptions here = options;
  here.model = *path;
  YIXIN_TRY(Assistant assistant, OpenAssistant(here));
  return std::optional<Assistant>(std::move(assistant));
}

void PrintTaskNote(const Assistant& assistant, const std::string& task) {
  const auto facts = assistant.DescribeTask(task);
  if (!facts) return;
  if (!facts->note.empty()) PrintNote(facts->note);
  if (facts->needs_prior) {
    PrintNote("task " + facts->summary.name +
              ": is calibrated by the first rows of a file (yixin analyze); these texts are judged "
              "without that");
  }
}

Result<ModelTokenizer> OpenModelTokenizer(const ModelOptions& options) {
  YIXIN_TRY(const std::string path, LocateModel(options));
  return ModelTokenizer::Open(path);
}

Result<ModelRecord> PullWithProgress(ModelStore& store, const std::string& what,
                                     const std::string& source) {
  return FetchWithProgress(what, [&](const PullProgress& progress, const StopFlag* stop) {
    return store.Pull(what, source, progress, stop);
  });
}

}  // namespace yixin
