// Tested by: tests/e2e/analyze_test.py
#include "cli/analyze_engine.h"

#include <algorithm>
#include <utility>

#include "cli/analyze_identity.h"
#include "cli/console.h"
#include "cli/interrupt.h"
#include "cli/model_options.h"

namespace yixin {
namespace {

// Of the first rows, whatever part of the table is computed; an earlier run's stays.
Result<std::vector<double>> PriorOf(Assistant& assistant, const TaskFacts& task,
                                    const ClassifyOptions& options, const FirstRows& first,
                                    const BulkManifest* earlier) {
  if (!task.needs_prior) return std::vector<double>();
  if (earlier != nullptr) {
    return ParsePrior(ValueOf(earlier->identity, PriorOfRun(task.summary.name)));
  }
  auto prior = assistant.EstimatePrior(first.texts, options, &Interrupts());
  if (prior || prior.error().code != ErrorCode::kInvalidArgument) return prior;
  PrintNote(task.summary.name + ": its labels are not calibrated: " + prior.error().message);
  return std::vector<double>();
}

}  // namespace

Result<AnalyzeEngine> AnalyzeEngine::Open(const AnalyzeFlags& flags, const FirstRows& first,
                                          const BulkManifest* earlier, AnalyzeFacts& facts) {
  ModelOptions model = flags.model;
  // The same table as before, or none: another one has other bits.
  if (earlier != nullptr && model.kernels.empty()) {
    model.kernels = ValueOf(earlier->identity, kKernelsOfRun);
  }
  YIXIN_TRY(Assistant assistant, OpenAssistant(model));
  AnalyzeEngine engine{std::move(assistant), {}, {}, {}, {}, {}};
  facts.model = engine.assistant.facts().name;
  facts.kernels = engine.assistant.facts().kernels;
  std::vector<std::string> names = flags.tasks;
  if (names.empty()) names.push_back(ClassifyOptions().task);
  for (const std::string& name : names) {
    YIXIN_TRY(TaskFacts task, flags.untaught ? engine.assistant.DescribeUntaught(name)
                                             : engine.assistant.DescribeTask(name));
    if (!task.note.empty()) PrintNote(task.note);
    if (flags.no_neutral) std::erase(task.scored, task.neutral);
    const bool is_compared = first.ratings && engine.tasks.empty();
    if (is_compared) {
      YIXIN_TRY(engine.rating, RatingRule::Find(flags.compare_column, task.summary.labels,
                                                *first.ratings, ScaleOfName(flags.compare_scale)));
      facts.compared = flags.compare_column;
      facts.compared_scale = Describe(engine.rating->scale());
    }
    ClassifyOptions options = ToClassifyOptions(flags, name);
    YIXIN_TRY(options.prior, PriorOf(engine.assistant, task, options, first, earlier));
    facts.tasks.push_back(task.summary.name);
    facts.priors.push_back(FormatPrior(options.prior));
    engine.options.push_back(std::move(options));
    engine.hashes.push_back(task.sha256);
    ReportedTask& reported = engine.reported.emplace_back();
    reported = {task.summary.labels, task.summary.title, task.neutral};
    if (flags.no_neutral) std::erase(reported.labels, task.neutral);
    engine.labels.push_back(std::move(task.summary.labels));
    engine.tasks.push_back({task.summary.name, std::move(task.scored), is_compared});
  }
  return engine;
}

}  // namespace yixin
