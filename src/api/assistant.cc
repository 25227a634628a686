// Tested by: assistant_test.cc, tests/golden/assistant_golden_test.cc
#include "yixin/assistant.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "api/assistant_state.h"
#include "api/conversation_state.h"
#include "api/door.h"
#include "api/golden_json.h"
#include "api/memory_use.h"
#include "api/model_fingerprint.h"
#include "api/model_text.h"
#include "api/named_task.h"
#include "api/share_folder.h"
#include "formats/hf_folder.h"
#include "kernels/registry.h"
#include "model/model_cache.h"
#include "store/sha256.h"
#include "tasks/label_calibration.h"
#include "tasks/task_head.h"
#include "tasks/text_score.h"

namespace yixin {
namespace {

using Clock = std::chrono::steady_clock;

// Below it no task's prompt fits.
constexpr int kLeastContext = 16;
constexpr int kMostThreads = 1024;
constexpr const char* kBaseModelNote =
    "this model has no chat template, so it is a base model that was not taught to converse: it "
    "classifies, but its replies may ramble; a model called Chat or Instruct does better";

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Status CheckOptions(const AssistantOptions& options) {
  const auto refuse = [](const char* field, const std::string& expected, int got) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(field) + ": expected " + expected + ", got " + std::to_string(got),
                 field};
  };
  if (options.threads < 0 || options.threads > kMostThreads) {
    return refuse("threads", "0 (the physical cores) to " + std::to_string(kMostThreads),
                  options.threads);
  }
  if (options.context < kLeastContext) {
    return refuse("context", std::to_string(kLeastContext) + " tokens or more", options.context);
  }
  return {};
}

// From the packed file alone where that is right; else the model's own files are opened, and where
// nothing is to be stored their text is read first, for it is what is wrong with most.
Result<LoadedModel> LoadModel(const AssistantOptions& options, const KernelTable& kernels,
                              int threads, const StopFlag* stop, ModelText& text) {
  const LoadRequest request{.source = options.model_path,
                            .cache_folder = options.cache_folder,
                            .progress = options.progress,
                            .stop = stop,
                            .extras = text.Extras()};
  if (auto stored = LoadStored(kernels, request)) return stored;
  YIXIN_TRY(ModelFile file, OpenModelFile(options.model_path));
  if (options.cache_folder.empty() || kernels.form != NumericForm::kRotatedInt8) {
    YIXIN_CHECK_OK(text.ReadSource(file));
  }
  ThreadPool pool(threads);
  YIXIN_TRY(LoadedModel loaded, LoadOrPack(std::move(file), kernels, pool, request));
  if (loaded.origin == WeightsOrigin::kMemory) {
    YIXIN_CHECK_OK(text.ReadSource(loaded.model->file()));
  }
  return loaded;
}

ModelFacts FactsOf(const Model& model, const Engine& engine, const std::string& path, int context) {
  const ModelConfig& config = model.config();
  ModelFacts facts;
  // The file's name and not the title inside: titles leave the quantization out, or have a wrong
  // one.
  facts.name = ModelNameOf(path);
  facts.architecture = config.architecture == Architecture::kQwen2 ? "qwen2" : "llama";
  facts.path = path;
  facts.kernels = model.kernels().name;
  facts.threads = engine.threads();
  facts.context = context;
  facts.layers = config.layers;
  facts.hidden = config.hidden;
  facts.vocabulary = config.vocabulary;
  facts.weight_bytes = model.weight_bytes();
  return facts;
}

Result<TaskFacts> FactsOf(const TaskSpec& spec) {
  TaskFacts facts;
  facts.summary = SummaryOf(spec);
  facts.needs_prior = spec.calibration.kind == CalibrationKind::kBatch;
  if (spec.mode == TaskMode::kScore) {
    for (const TaskLabel& label : spec.labels) facts.scored.push_back(label.name);
    if (spec.head) facts.scored = spec.head->head->labels;
  }
  facts.escalation = spec.escalation;
  if (spec.neutral) facts.neutral = spec.neutral->label;
  YIXIN_TRY(facts.sha256, Sha256OfFile(spec.file, nullptr));
  if (spec.chat != nullptr) {
    YIXIN_TRY(const std::string chat, Sha256OfFile(spec.chat->file, nullptr));
    Sha256 both;
    both.Update(std::as_bytes(std::span(facts.sha256)));
    both.Update(std::as_bytes(std::span(chat)));
    facts.sha256 = both.HexDigest();
  }
  return facts;
}

}  // namespace

Keep ToKeep(Truncation truncation) {
  switch (truncation) {
    case Truncation::kHead:
      return Keep::kHead;
    case Truncation::kTail:
      return Keep::kTail;
    case Truncation::kMiddle:
      return Keep::kMiddle;
    case Truncation::kError:
      break;
  }
  return Keep::kError;
}

void StatsCounter::AddPrefill(uint64_t tokens, uint64_t reused, double ms) {
  const std::lock_guard lock(mutex_);
  prefill_tokens_ += tokens;
  reused_tokens_ += reused;
  prefill_ms_ += ms;
}

void StatsCounter::AddDecode(uint64_t tokens, double ms) {
  const std::lock_guard lock(mutex_);
  decode_tokens_ += tokens;
  decode_ms_ += ms;
}

void StatsCounter::AddTexts(uint64_t texts) {
  const std::lock_guard lock(mutex_);
  texts_ += texts;
}

AssistantStats StatsCounter::Read() const {
  const std::lock_guard lock(mutex_);
  const auto rate = [](uint64_t tokens, double ms) {
    return ms > 0 ? static_cast<double>(tokens) / ms * 1000 : 0;
  };
  AssistantStats stats;
  stats.tokens_computed = prefill_tokens_ + decode_tokens_;
  stats.tokens_reused = reused_tokens_;
  stats.texts_tokenized = texts_;
  stats.prefill_tokens_per_s = rate(prefill_tokens_, prefill_ms_);
  stats.decode_tokens_per_s = rate(decode_tokens_, decode_ms_);
  const MemoryUse memory = ReadMemoryUse();
  stats.memory_bytes = memory.resident_bytes;
  stats.peak_memory_bytes = memory.peak_bytes;
  return stats;
}

Result<TaskSpec> Assistant::State::LoadNamedTask(std::string_view task, std::string* note) const {
  YIXIN_TRY(TaskSpec spec, ReadNamedTask(share, task, Taught::kAsTheFileSays));
  if (spec.calibration.kind != CalibrationKind::kFitted && !spec.head) return spec;
  YIXIN_TRY(const std::string fingerprint, yixin::ModelFingerprint(facts.path));
  if (spec.head && spec.head->head->ties.model != fingerprint) {
    if (!spec.head->untaught_elsewhere) {
      return Error{ErrorCode::kUnsupported,
                   spec.file + ": its head was fitted on another model (" +
                       spec.head->head->ties.model_name + ") than " + facts.name +
                       "; fit the task again (yixin fit), or ask it untaught (--untaught)",
                   "head"};
    }
    spec.head.reset();  // as the task says; score_kind tells
  }
  if (DropForeignCalibration(fingerprint, spec) && note != nullptr) {
    *note = "task " + spec.name + ": its calibration was fitted on another model than " +
            facts.name + ", so the labels' scores are used as they are";
  }
  return spec;
}

Result<Classifier*> Assistant::State::FindClassifier(std::string_view task, Taught taught) {
  std::string key(task);
  if (taught == Taught::kUntaught) key += '\n';  // no name of a task ends so
  if (const auto found = classifiers.find(key); found != classifiers.end()) return &found->second;
  if (!chat_template) return chat_template.error();
  TaskSpec spec;
  if (taught == Taught::kUntaught) {
    // Whose head it is does not matter.
    YIXIN_TRY(spec, ReadNamedTask(share, task, taught));
  } else {
    YIXIN_TRY(spec, LoadNamedTask(task));
  }
  YIXIN_TRY(Classifier classifier,
            Classifier::Create(std::move(spec), tokenizer, *chat_template, engine, facts.context));
  return &classifiers.emplace(std::move(key), std::move(classifier)).first->second;
}

Assistant::Assistant(std::shared_ptr<State> state) : state_(std::move(state)) {}
Assistant::Assistant(Assistant&&) noexcept = default;
Assistant& Assistant::operator=(Assistant&&) noexcept = default;
Assistant::~Assistant() = default;

Result<Assistant> Assistant::Open(const AssistantOptions& options, const StopFlag* stop) {
  return AtDoor([&]() -> Result<Assistant> {
    YIXIN_CHECK_OK(CheckOptions(options));
    YIXIN_TRY(const KernelTable* kernels, options.kernels.empty() ? SelectKernelsFromEnvironment()
                                                                  : SelectKernels(options.kernels));
    EngineOptions engine;
    engine.threads = options.threads > 0 ? options.threads : DefaultThreadCount();
    ModelText text;
    YIXIN_TRY(LoadedModel loaded, LoadModel(options, *kernels, engine.threads, stop, text));
    std::unique_ptr<Model> model = std::move(loaded.model);
    if (!loaded.packed_file.empty()) {
      engine.prefixes = {std::move(loaded.packed_file),
                         std::filesystem::path(options.cache_folder) / kCacheLockName,
                         std::move(loaded.identity)};
    }
    Tokenizer tokenizer = text.TakeTokenizer();
    Result<ChatTemplate> chat_template = ChatTemplate::Recognise(text.chat_template(), tokenizer);
    if (tokenizer.vocabulary_size() > model->config().vocabulary) {
      return Error{ErrorCode::kInvalidFile,
                   "tokenizer.ggml.tokens: the tokenizer has " +
                       std::to_string(tokenizer.vocabulary_size()) +
                       " tokens, the weights have rows for " +
                       std::to_string(model->config().vocabulary),
                   "tokenizer.ggml.tokens"};
    }
    const int context = std::min(options.context, model->config().trained_context);
    auto state = std::make_shared<State>(std::move(model), std::move(tokenizer),
                                         std::move(chat_template), engine);
    state->share = FindShareFolder(options.share_path);
    state->facts = FactsOf(*state->model, state->engine, options.model_path, context);
    state->facts.weights_note = std::move(loaded.reason);
    if (text.chat_template().empty()) state->facts.template_note = kBaseModelNote;
    if (options.progress) options.progress(1);
    return Assistant(std::move(state));
  });
}

Classification Assistant::State::ToClassification(LabelDecision decision, const TaskSpec& task,
                                                  double elapsed_ms) const {
  Classification classification;
  classification.label = std::move(decision.label);
  classification.probs = std::move(decision.probs);
  classification.label_mass = decision.label_mass;
  classification.margin = decision.margin;
  classification.score_kind = ScoreKindOf(task);
  classification.task = task.name;
  classification.model = facts.name;
  classification.kernels = facts.kernels;
  classification.elapsed_ms = elapsed_ms;
  return classification;
}

Result<std::vector<Result<Classification>>> Assistant::State::ClassifyIds(
    std::span<const TextIds> texts, const ClassifyOptions& options, const StopFlag* stop) {
  const auto start = Clock::now();
  YIXIN_TRY(
      Classifier * classifier,
      FindClassifier(options.task, options.untaught ? Taught::kUntaught : Taught::kAsTheFileSays));
  const uint64_t computed = engine.tokens_computed();
  const uint64_t reused = classifier->tokens_reused();
  ClassifierSettings settings;
  settings.keep = ToKeep(options.truncation);
  settings.no_neutral = options.no_neutral;
  settings.prior = options.prior;
  YIXIN_TRY(auto decisions, classifier->Classify(texts, settings, stop));
  const double elapsed_ms = MillisecondsSince(start);
  stats.AddPrefill(engine.tokens_computed() - computed, classifier->tokens_reused() - reused,
                   elapsed_ms);
  const TaskSpec& task = classifier->task();
  std::vector<Result<Classification>> results;
  results.reserve(decisions.size());
  for (Result<LabelDecision>& decision : decisions) {
    if (!decision) {
      results.emplace_back(std::move(decision).error());
      continue;
    }
    results.emplace_back(ToClassification(*std::move(decision), task, elapsed_ms));
  }
  return results;
}

Result<std::vector<std::vector<Result<Classification>>>> Assistant::ClassifyTasks(
    std::span<const std::string> texts, std::span<const ClassifyOptions> tasks,
    const StopFlag* stop) {
  using Results = std::vector<std::vector<Result<Classification>>>;
  return AtDoor([&]() -> Result<Results> {
    const std::lock_guard lock(state_->mutex);
    const std::vector<TextIds> ids = EncodeTexts(state_->tokenizer, texts);
    state_->stats.AddTexts(texts.size());
    Results results;
    for (const ClassifyOptions& options : tasks) {
      YIXIN_TRY(auto of_task, state_->ClassifyIds(ids, options, stop));
      results.push_back(std::move(of_task));
    }
    return results;
  });
}

Result<std::vector<Result<Classification>>> Assistant::ClassifyBatch(
    std::span<const std::string> texts, const ClassifyOptions& options, const StopFlag* stop) {
  YIXIN_TRY(auto results, ClassifyTasks(texts, {&options, 1}, stop));
  return std::move(results.front());
}

Result<Classification> Assistant::Classify(std::string_view text, const ClassifyOptions& options,
                                           const StopFlag* stop) {
  return AtDoor([&]() -> Result<Classification> {
    const std::string one(text);
    YIXIN_TRY(auto results, ClassifyBatch({&one, 1}, options, stop));
    return std::move(results.front());
  });
}

Result<std::vector<double>> Assistant::EstimatePrior(std::span<const std::string> texts,
                                                     const ClassifyOptions& options,
                                                     const StopFlag* stop) {
  return AtDoor([&]() -> Result<std::vector<double>> {
    const std::lock_guard lock(state_->mutex);
    YIXIN_TRY(Classifier * classifier,
              state_->FindClassifier(
                  options.task, options.untaught ? Taught::kUntaught : Taught::kAsTheFileSays));
    ClassifierSettings settings;
    settings.keep = ToKeep(options.truncation);
    settings.no_neutral = options.no_neutral;
    return classifier->EstimatePrior(texts, settings, stop);
  });
}

Result<std::string> Assistant::ModelFingerprint() const {
  return AtDoor([&] { return yixin::ModelFingerprint(state_->facts.path); });
}

Status Assistant::WarmUp(std::string_view task) {
  return AtDoor([&]() -> Status {
    const std::lock_guard lock(state_->mutex);
    YIXIN_TRY(const TaskSpec spec, state_->LoadNamedTask(task));
    if (spec.mode == TaskMode::kChat) {
      if (!state_->chat_template) return state_->chat_template.error();
      YIXIN_TRY(const auto prefix,
                EncodeChatPrefix(spec, spec.system, state_->tokenizer, *state_->chat_template));
      YIXIN_CHECK_OK(state_->engine.Prefix(prefix));
      return {};
    }
    YIXIN_TRY(Classifier * classifier, state_->FindClassifier(task));
    return classifier->WarmUp(nullptr);
  });
}

Result<Conversation> Assistant::StartConversation(const ConversationOptions& options) {
  return AtDoor([&]() -> Result<Conversation> {
    const std::lock_guard lock(state_->mutex);
    if (!state_->chat_template) return state_->chat_template.error();
    YIXIN_TRY(TaskSpec task, state_->LoadNamedTask(options.task));
    YIXIN_TRY(Dialogue dialogue,
              Dialogue::Create(std::move(task), state_->tokenizer, *state_->chat_template,
                               state_->engine, state_->facts.context));
    auto conversation = std::make_unique<Conversation::State>(state_, std::move(dialogue));
    if (!options.reader.empty()) {
      YIXIN_TRY(conversation->reader,
                state_->MakeReader(options.reader, conversation->dialogue.task()));
    }
    return Conversation(std::move(conversation));
  });
}

Result<std::vector<TaskSummary>> Assistant::Tasks() const {
  return AtDoor([&]() -> Result<std::vector<TaskSummary>> {
    YIXIN_TRY(const std::vector<std::filesystem::path> files, ListTasks(state_->share));
    std::vector<TaskSummary> summaries;
    for (const std::filesystem::path& file : files) {
      YIXIN_TRY(const TaskSpec task, LoadTask(file));
      summaries.push_back(SummaryOf(task));
    }
    return summaries;
  });
}

Result<TaskFacts> Assistant::DescribeTask(std::string_view task) const {
  return AtDoor([&]() -> Result<TaskFacts> {
    std::string note;
    YIXIN_TRY(const TaskSpec spec, state_->LoadNamedTask(task, &note));
    YIXIN_TRY(TaskFacts facts, FactsOf(spec));
    facts.note = std::move(note);
    return facts;
  });
}

Result<TaskFacts> Assistant::DescribeUntaught(std::string_view task) const {
  return AtDoor([&]() -> Result<TaskFacts> {
    YIXIN_TRY(const TaskSpec spec, ReadNamedTask(state_->share, task, Taught::kUntaught));
    return FactsOf(spec);
  });
}

const ModelFacts& Assistant::facts() const { return state_->facts; }

AssistantStats Assistant::stats() const { return state_->stats.Read(); }

Result<std::vector<int32_t>> Assistant::Tokenize(std::string_view text, bool plain) const {
  return AtDoor([&] {
    return plain ? state_->tokenizer.EncodeAsReferencePlain(text)
                 : state_->tokenizer.EncodeWithSpecials(text);
  });
}

std::string Assistant::TokenText(int32_t id) const {
  return std::string(state_->tokenizer.TokenBytes(id));
}

Result<ScoreReport> Assistant::Score(std::string_view text, std::string_view golden_json,
                                     ScorePhase phase) {
  return AtDoor([&]() -> Result<ScoreReport> {
    const std::lock_guard lock(state_->mutex);
    YIXIN_TRY(std::vector<int32_t> ids, state_->tokenizer.EncodeText(text));
    ScoreReport report;
    std::vector<ReferenceRow> rows;
    if (!golden_json.empty()) {
      YIXIN_TRY(GoldenText golden, ParseGoldenText(golden_json, state_->facts.vocabulary));
      if (golden.ids.size() > ids.size() ||
          !std::equal(golden.ids.begin(), golden.ids.end(), ids.begin())) {
        return Error{ErrorCode::kInvalidArgument,
                     "the golden data is of another text or another vocabulary: its token ids are "
                     "not the first ones of this text",
                     "golden"};
      }
      ids = std::move(golden.ids);
      rows = std::move(golden.rows);
      report.golden_mean_nll = golden.mean_nll;
    } else {
      report.golden_mean_nll = std::numeric_limits<double>::quiet_NaN();
    }
    YIXIN_TRY(const TextScore score, ScoreText(state_->engine, ids, rows, state_->facts.context,
                                               phase == ScorePhase::kDecode));
    report.tokens = score.tokens;
    report.mean_nll = score.mean_nll;
    report.mean_kl = score.mean_kl;
    report.top1_agreement = score.top1_agreement;
    return report;
  });
}

}  // namespace yixin
