// Hidden states for whoever teaches a task, and the files of a task that was taught.
// Tested by: teach_test.cc
#include "yixin/teach.h"

#include <chrono>
#include <utility>

#include "api/assistant_state.h"
#include "api/door.h"
#include "api/share_folder.h"
#include "base/mapped_file.h"
#include "tasks/task_edit.h"
#include "tasks/task_head.h"
#include "yixin/assistant.h"
#include "yixin/version.h"

namespace yixin {
namespace {

using Clock = std::chrono::steady_clock;

Error Wrong(const std::string& words, const char* subject) {
  return {ErrorCode::kInvalidArgument, words, subject};
}

}  // namespace

Result<std::vector<Result<HiddenStates>>> Assistant::ReadStates(std::span<const std::string> texts,
                                                                const StateOptions& options,
                                                                const StopFlag* stop) {
  using Results = std::vector<Result<HiddenStates>>;
  return AtDoor([&]() -> Result<Results> {
    const std::lock_guard lock(state_->mutex);
    const auto start = Clock::now();
    YIXIN_TRY(Classifier * classifier, state_->FindClassifier(options.task, Taught::kUntaught));
    const uint64_t computed = state_->engine.tokens_computed();
    const uint64_t reused = classifier->tokens_reused();
    ClassifierSettings settings;
    settings.keep = ToKeep(options.truncation);
    settings.no_neutral = options.no_neutral;
    YIXIN_TRY(auto read,
              classifier->ReadStates(texts, options.layers, options.untaught, settings, stop));
    const double elapsed_ms =
        std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    state_->stats.AddTexts(texts.size());
    state_->stats.AddPrefill(state_->engine.tokens_computed() - computed,
                             classifier->tokens_reused() - reused, elapsed_ms);
    Results results;
    results.reserve(read.size());
    for (Result<TextStates>& one : read) {
      if (!one) {
        results.emplace_back(std::move(one).error());
        continue;
      }
      HiddenStates states;
      states.states = std::move(one->states);
      states.scores = std::move(one->scores);
      if (options.untaught) {
        states.untaught =
            state_->ToClassification(std::move(one->decision), classifier->task(), elapsed_ms);
      }
      results.emplace_back(std::move(states));
    }
    return results;
  });
}

Result<TaughtTask> Assistant::Teach(const TeachRequest& request) const {
  return AtDoor([&]() -> Result<TaughtTask> {
    const std::lock_guard lock(state_->mutex);
    if (request.head.has_value() == !request.corrections.empty()) {
      return Wrong("teach: give a head or corrections, one of the two", "head");
    }
    YIXIN_TRY(const std::filesystem::path path, FindTask(state_->share, request.task));
    YIXIN_TRY(const MappedFile file, MappedFile::Open(path));
    const std::string_view toml(reinterpret_cast<const char*>(file.bytes().data()),
                                file.bytes().size());
    YIXIN_TRY(const Classifier* classifier,
              state_->FindClassifier(request.task, Taught::kUntaught));
    const TaskSpec& task = classifier->task();
    YIXIN_TRY(const std::string fingerprint, ModelFingerprint());
    TaskEdit edit{.name = request.name,
                  .title = request.title.empty() ? task.title : request.title,
                  .comments = request.comments};
    TaughtTask taught;
    if (request.head) {
      TaskHead head;
      head.ties = {fingerprint, state_->facts.name, classifier->prompt_hash(),
                   static_cast<uint32_t>(kNumericsVersion)};
      head.labels = request.head->labels;
      head.layers = request.head->layers;
      head.hidden = state_->facts.hidden;
      head.weights = request.head->weights;
      head.biases = request.head->biases;
      YIXIN_TRY(const std::vector<std::byte> bytes, SerialiseHead(head));
      YIXIN_CHECK_OK(CheckHead(head, task, head.ties.prompt, state_->facts.layers, head.hidden));
      taught.head.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      edit.head_file = request.head_file;
      edit.head_checksum = HeadChecksum(bytes);
    }
    for (const ScoreCorrection& correction : request.corrections) {
      if (task.FindLabel(correction.label) == nullptr) {
        return Wrong("teach: " + correction.label + " is no label of " + task.name, "corrections");
      }
      edit.corrections.push_back({correction.label, correction.scale, correction.bias});
      edit.model = fingerprint;
    }
    YIXIN_TRY(taught.task, EditTask(toml, path.string(), edit));
    return taught;
  });
}

}  // namespace yixin
