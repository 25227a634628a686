// The options by which every verb names its model, and opening it with progress on standard error.
// Tested by: tests/e2e/
#pragma once

#include <optional>
#include <string>

#include "cli/arguments.h"
#include "yixin/assistant.h"
#include "yixin/model_tokenizer.h"
#include "yixin/store.h"

namespace yixin {

struct ModelOptions {
  // A name, a pulled ORG/REPO or a path; empty: the default model, pulled if it is not here.
  std::string model;
  std::optional<int> threads;
  std::optional<int> context;
  std::string kernels;  // a kernel table's name; empty: YIXIN_KERNELS, or the best one
};

// --model, and with `compute` also --threads and --context.
void AddModelOptions(Arguments& arguments, ModelOptions* options, bool compute = true);
// The same for a verb that does without a model where none is here.
void AddLocalModelOptions(Arguments& arguments, ModelOptions* options, bool compute = true);
// --threads and --context alone, for a verb that takes several models.
void AddComputeOptions(Arguments& arguments, ModelOptions* options);

// The path of the model that the options name. Errors: kNotFound says how to get it; kCancelled
// after Ctrl-C in a download.
Result<std::string> LocateModel(const ModelOptions& options);

// As LocateModel, where that needs no download: nothing where no model was named and none is here.
Result<std::optional<std::string>> LocateModelThatIsHere(const ModelOptions& options);

// Whether a progress line may be redrawn: standard error is a terminal that can.
bool LiveProgress();

// Errors: kNotFound says how to get the model; kCancelled after Ctrl-C in a download
// or while packing.
Result<Assistant> OpenAssistant(const ModelOptions& options);
// As OpenAssistant, of LocateModelThatIsHere.
Result<std::optional<Assistant>> OpenAssistantThatIsHere(const ModelOptions& options);
// Says where a task's calibration is not used: it was fitted on another model, or it is by the
// first rows of a file and these texts come one by one. A task that is wrong is left to its first
// use.
void PrintTaskNote(const Assistant& assistant, const std::string& task);
Result<ModelTokenizer> OpenModelTokenizer(const ModelOptions& options);

// One pull with its progress bar; the lines that the store says stand above it.
Result<ModelRecord> PullWithProgress(ModelStore& store, const std::string& what,
                                     const std::string& source);

}  // namespace yixin
