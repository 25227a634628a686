// The front door: one model, several jobs.
//
//   auto assistant = yixin::Assistant::Open({.model_path = path});
//   auto mood = assistant->Classify("今天的实验终于成功了", {});
//   auto chat = assistant->StartConversation({});
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/chat.h"
#include "yixin/measure.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"
#include "yixin/task.h"
#include "yixin/task_file.h"
#include "yixin/teach.h"

namespace yixin {

struct AssistantOptions {
  std::string model_path;  // a GGUF file, or a Hugging Face folder
  std::string share_path;  // the folder that holds tasks/; empty: found beside the program
  std::string kernels;     // a kernel table's name; empty: YIXIN_KERNELS, or the best one
  int threads = 0;         // 0: the physical cores that the process may use
  int context = 4096;      // tokens; at most what the model was trained for
  // Where packed weights are kept, so that the next start maps them (PackedWeightsFolder() of
  // store.h); empty: packed in memory at every start, nothing is written.
  std::string cache_folder;
  // Called while the weights are packed, with a share in [0, 1]. May be empty.
  std::function<void(double)> progress;
};

struct ConversationOptions {
  std::string task = "chat.zh";  // a shipped chat task's name, or a path
  // How Conversation::Read labels texts: a task with in_chat, a name or a path. Empty: it does not.
  // A head that was fitted in another chat is left out where the task allows that, else an error.
  std::string reader;
};

// What was computed since Open, for /stats.
struct AssistantStats {
  uint64_t tokens_computed = 0;
  uint64_t tokens_reused = 0;
  uint64_t texts_tokenized = 0;  // to be classified; once for all tasks of a call
  double prefill_tokens_per_s = 0;
  double decode_tokens_per_s = 0;
  uint64_t memory_bytes = 0;  // resident now
  uint64_t peak_memory_bytes = 0;
};

// Negative log-likelihoods of a text under the model: how well the arithmetic holds.
enum class ScorePhase { kPrefill, kDecode };  // many tokens a pass, or one
struct ScoreReport {
  int tokens = 0;
  double mean_nll = 0;
  // Against golden data; NaN without it.
  double mean_kl = 0;
  double top1_agreement = 0;
  double golden_mean_nll = 0;
};

struct ModelFacts {
  std::string name;
  std::string architecture;
  std::string path;
  std::string kernels;
  int threads = 0;
  int context = 0;
  int layers = 0;
  int hidden = 0;
  int vocabulary = 0;
  uint64_t weight_bytes = 0;
  // A line for people where packed weights were wanted and not used as they lay: why they were made
  // anew, or why they could not be kept. Else empty.
  std::string weights_note;
  // A line for people where the model has no chat template. Else empty.
  std::string template_note;
};

// Threads: any; calls are serialised inside (stats() is not, so it may be called while a reply is
// made). A sink must not call its assistant.
class Assistant {
 public:
  // stop: ends packing. Errors: kCancelled.
  static Result<Assistant> Open(const AssistantOptions& options, const StopFlag* stop = nullptr);
  Assistant(Assistant&&) noexcept;
  Assistant& operator=(Assistant&&) noexcept;
  ~Assistant();

  // Errors: kInvalidText per text (empty, not UTF-8: the position), kNotFound or kInvalidFile for
  // the task. A bad text fails the single form; in the batch form each text has its own result.
  Result<Classification> Classify(std::string_view text, const ClassifyOptions& options,
                                  const StopFlag* stop = nullptr);
  Result<std::vector<Result<Classification>>> ClassifyBatch(std::span<const std::string> texts,
                                                            const ClassifyOptions& options,
                                                            const StopFlag* stop = nullptr);
  // Several tasks for the same texts: [tasks][texts], to the bit as ClassifyBatch has them task by
  // task. Each text is tokenized once.
  Result<std::vector<std::vector<Result<Classification>>>> ClassifyTasks(
      std::span<const std::string> texts, std::span<const ClassifyOptions> tasks,
      const StopFlag* stop = nullptr);
  // How likely the task's prompt makes each label (TaskFacts::scored) over these texts on average,
  // for ClassifyOptions::prior. The first 200 texts of a file will do; keep it, so that all of the
  // file is judged alike. Texts with an error are left out. Errors: kInvalidArgument where none is
  // left; those of Classify that concern the task. Cost: as ClassifyBatch.
  Result<std::vector<double>> EstimatePrior(std::span<const std::string> texts,
                                            const ClassifyOptions& options,
                                            const StopFlag* stop = nullptr);
  // What a head is fitted on: hidden states inside the model, and the untaught decision from the
  // same pass. Batch, threads and cache do not change a bit of them. Errors: as ClassifyBatch;
  // kInvalidArgument for layers that the model does not have.
  Result<std::vector<Result<HiddenStates>>> ReadStates(std::span<const std::string> texts,
                                                       const StateOptions& options,
                                                       const StopFlag* stop = nullptr);
  // The files of a task with what it was taught, tied to this model and the task's prompt. Writes
  // nothing. Errors: kInvalidArgument for labels that the task does not have, sizes that do not
  // fit.
  Result<TaughtTask> Teach(const TeachRequest& request) const;
  // Computes a task's prefix ahead, so that the first text does not wait for it; a chat's too.
  Status WarmUp(std::string_view task);

  Result<Conversation> StartConversation(const ConversationOptions& options);

  Result<std::vector<TaskSummary>> Tasks() const;
  // In: as ClassifyOptions::task. Errors: kNotFound, kInvalidFile. Cost: reads the file.
  Result<TaskFacts> DescribeTask(std::string_view task) const;
  // The same of the task without its head: what it was before it was taught, on whatever model.
  Result<TaskFacts> DescribeUntaught(std::string_view task) const;
  // What this model reads of a text under a task of any mode: by it people see what a task says to
  // the letter. Of several wordings the first. Errors: those of DescribeTask; kInvalidText; for
  // labels that cannot be told apart kInvalidFile with line and key. Computes nothing.
  Result<TaskPrompt> RenderTask(std::string_view task, std::string_view text) const;
  const ModelFacts& facts() const;
  // 64 hex digits that tell the model from others; a task's fitted calibration names them.
  // Errors: kIo. Cost: a few reads of the model's file.
  Result<std::string> ModelFingerprint() const;
  AssistantStats stats() const;

  // plain: special tokens in the text are text. Errors: kInvalidText.
  Result<std::vector<int32_t>> Tokenize(std::string_view text, bool plain) const;
  std::string TokenText(int32_t id) const;
  // In: the file's text; golden_json: the contents of a golden logits file, or empty.
  Result<ScoreReport> Score(std::string_view text, std::string_view golden_json, ScorePhase phase);

  // One run of the shape. Errors: kInvalidArgument for a count below what makes sense or more
  // tokens than the context; kOutOfMemory; kCancelled.
  Result<PassTiming> Measure(const PassShape& shape, const StopFlag* stop = nullptr);
  ModelCost cost() const;

 private:
  friend class Conversation;
  friend class Service;
  struct State;
  explicit Assistant(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // conversations hold it too
};

}  // namespace yixin
