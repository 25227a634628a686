// Tested by: classifier_test.cc
#include "tasks/classifier.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "engine/sampler.h"
#include "tasks/label_calibration.h"
#include "tasks/logit_rows.h"
#include "tasks/task_head.h"

namespace yixin {
namespace {

// A group of texts that goes through the engine together. More gains nothing: the engine's own
// chunks are smaller, and each text holds KV pages of its own until the group is done.
constexpr size_t kGroupTokens = 1024;
constexpr size_t kGroupTexts = 32;
// Label strings that are continued on forks of their prompts together; each fork copies a page.
constexpr size_t kGroupForks = 64;
Error Cancelled() { return {ErrorCode::kCancelled, "stopped on request", ""}; }

bool Stopped(const StopFlag* stop) { return stop != nullptr && stop->requested(); }

}  // namespace

// A text on its way through the engine.
struct Classifier::Item {
  size_t index = 0;             // in the caller's texts
  std::vector<int32_t> ids;     // of the text
  std::vector<double> scores;   // [labels], the mean over the wordings
  std::vector<int32_t> answer;  // mode generate
  std::vector<float> states;    // [layers that were asked for, hidden]
  // A conversation that the text is the end of; the prompt is left in it. Null: none.
  KvSequence* conversation = nullptr;
  std::vector<float> last = {};  // [hidden] at the end of the prompt, of a conversation
};

Classifier::Classifier(TaskSpec task, Tokenizer tokenizer, std::vector<TextPrompt> prompts,
                       TextPrompt head_prompt, std::vector<LabelString> labels, int32_t end_id,
                       Engine& engine, int context)
    : task_(std::move(task)),
      tokenizer_(std::move(tokenizer)),
      prompts_(std::move(prompts)),
      head_prompt_(std::move(head_prompt)),
      labels_(std::move(labels)),
      end_id_(end_id),
      engine_(&engine),
      context_(context) {
  const auto longest =
      std::max_element(labels_.begin(), labels_.end(),
                       [](const auto& a, const auto& b) { return a.ids.size() < b.ids.size(); });
  longest_ = static_cast<size_t>(longest - labels_.begin());
}

Result<Classifier> Classifier::Create(TaskSpec task, const Tokenizer& tokenizer,
                                      const ChatTemplate& chat_template, Engine& engine,
                                      int context) {
  if (task.mode == TaskMode::kChat) {
    return Error{ErrorCode::kInvalidArgument,
                 "task: " + task.name + " is a chat task; choose one of mode score or generate",
                 "task"};
  }
  if (!task.in_chat.empty() && task.chat == nullptr) {
    return Error{ErrorCode::kInvalidArgument,
                 task.file + ": in_chat: the chat task " + task.in_chat + " was not read",
                 "in_chat"};
  }
  YIXIN_TRY(std::vector<TextPrompt> prompts, EncodeTextPrompts(task, tokenizer, chat_template));
  YIXIN_TRY(TextPrompt head_prompt, EncodeHeadPrompt(task, tokenizer, chat_template));
  YIXIN_TRY(std::vector<LabelString> labels, EncodeLabels(task, tokenizer));
  Classifier classifier(std::move(task), tokenizer, std::move(prompts), std::move(head_prompt),
                        std::move(labels), chat_template.end_id(), engine, context);
  if (classifier.TextRoom() < 1) {
    return Error{ErrorCode::kInvalidFile,
                 classifier.task_.file + ": the prompt leaves no room for a text: it has " +
                     std::to_string(classifier.PromptTokens()) + " tokens, the context has " +
                     std::to_string(context),
                 classifier.task_.file};
  }
  if (const TaskHead* head = classifier.head(); head != nullptr) {
    const ModelConfig& config = engine.model().config();
    YIXIN_CHECK_OK(
        CheckHead(*head, classifier.task_, classifier.prompt_hash(), config.layers, config.hidden));
  }
  return classifier;
}

size_t Classifier::PromptTokens() const {
  size_t most = 0;
  for (const TextPrompt& prompt : prompts_) {
    most = std::max(most, prompt.prefix.size() + prompt.suffix.size());
  }
  return most;
}

int64_t Classifier::TextRoom() const {
  const size_t answer = task_.mode == TaskMode::kGenerate
                            ? static_cast<size_t>(task_.max_new_tokens)
                            : labels_[longest_].ids.size();
  return int64_t{context_} - static_cast<int64_t>(PromptTokens() + answer);
}

Status Classifier::ComputePrefixes(const StopFlag* stop) {
  const size_t wanted = head() != nullptr ? 1 : prompts_.size();
  while (prefixes_.size() < wanted) {
    YIXIN_TRY(KvSequence prefix, engine_->Prefix(prompts_[prefixes_.size()].prefix, stop));
    prefixes_.push_back(std::move(prefix));
  }
  return {};
}

Status Classifier::WarmUp(const StopFlag* stop) {
  YIXIN_CHECK_OK(ComputePrefixes(stop));
  if (task_.calibration.kind == CalibrationKind::kContentFree && content_free_prior_.empty() &&
      head() == nullptr) {
    YIXIN_TRY(const std::vector<double> prior,
              EstimatePrior(task_.calibration.texts, {.keep = Keep::kHead}, stop));
    content_free_prior_ = LogPrior(prior);
  }
  return {};
}

Result<std::vector<int32_t>> Classifier::Encode(const TextIds& text, Keep keep) const {
  YIXIN_TRY(std::vector<int32_t> ids, text);
  YIXIN_CHECK_OK(CutTokens(tokenizer_, static_cast<size_t>(TextRoom()), keep, ids));
  return ids;
}

Status Classifier::Run(std::span<const TextIds> texts, Keep keep, const Reading& reading,
                       const StopFlag* stop,
                       const std::function<void(size_t, Result<Item>)>& finish) {
  std::vector<Item> group;
  size_t group_tokens = 0;
  const auto flush = [&]() -> Status {
    if (group.empty()) return {};
    if (Stopped(stop)) return Cancelled();
    YIXIN_CHECK_OK(task_.mode == TaskMode::kGenerate ? GenerateGroup(group, stop)
                   : reading.scores                  ? ScoreGroup(group, reading.layers, stop)
                                                     : ReadGroup(group, reading.layers, stop));
    for (Item& item : group) {
      const size_t index = item.index;
      finish(index, std::move(item));
    }
    for (size_t i = 0; i < prefixes_.size(); ++i) {
      tokens_reused_ += group.size() * prompts_[i].prefix.size();
    }
    group.clear();
    group_tokens = 0;
    return {};
  };
  for (size_t i = 0; i < texts.size(); ++i) {
    auto ids = Encode(texts[i], keep);
    if (!ids) {
      finish(i, std::move(ids).error());
      continue;
    }
    const size_t tokens = ids->size() + prompts_[0].suffix.size();
    if (group.size() == kGroupTexts || group_tokens + tokens > kGroupTokens) {
      YIXIN_CHECK_OK(flush());
    }
    group_tokens += tokens;
    group.push_back(Item{i, *std::move(ids), {}, {}, {}});
  }
  return flush();
}

Result<std::vector<double>> Classifier::LogPriorOf(const ClassifierSettings& settings) const {
  if (settings.prior.empty()) return content_free_prior_;
  std::vector<double> prior;  // [labels]; 1 takes nothing off
  size_t scored = 0;
  for (size_t i = 0; i < task_.labels.size(); ++i) {
    const bool is_scored = IsScored(task_, i, settings.no_neutral);
    prior.push_back(is_scored && scored < settings.prior.size() ? settings.prior[scored] : 1);
    scored += is_scored ? 1 : 0;
  }
  YIXIN_CHECK_OK(CheckPrior(settings.prior, scored));
  return LogPrior(prior);
}

KvSequence Classifier::BeginOf(const Item& item, size_t wording) const {
  return item.conversation != nullptr ? item.conversation->Fork() : prefixes_[wording].Fork();
}

Result<LabelDecision> Classifier::Decide(const Item& item, std::span<const double> log_prior,
                                         bool no_neutral) const {
  if (const TaskHead* head = this->head(); head != nullptr) {
    return DecideByHead(*head, item.states, task_.neutral ? task_.neutral->label : "", no_neutral);
  }
  return DecideLabel(task_, item.scores, log_prior, no_neutral);
}

Result<InChatDecision> Classifier::ClassifyInChat(KvSequence& conversation,
                                                  std::span<const int32_t> ids,
                                                  const ClassifierSettings& settings,
                                                  const StopFlag* stop) {
  if (task_.chat == nullptr) {
    return Error{ErrorCode::kInvalidArgument,
                 "task: " + task_.name +
                     " reads texts in a prompt of its own; in a conversation "
                     "they are read by a task with in_chat",
                 "task"};
  }
  if (Stopped(stop)) return Cancelled();
  std::vector<double> log_prior;
  if (head() == nullptr) {
    YIXIN_CHECK_OK(WarmUp(stop));  // a calibration's prior
    YIXIN_TRY(log_prior, LogPriorOf(settings));
  }
  Item item{};
  item.ids.assign(ids.begin(), ids.end());
  item.conversation = &conversation;
  const std::span<Item> one(&item, 1);
  const int32_t before = conversation.length();
  const Status computed =
      head() != nullptr ? ReadGroup(one, head()->layers, stop) : ScoreGroup(one, {}, stop);
  auto decision = computed ? Decide(item, log_prior, settings.no_neutral) : computed.error();
  if (!decision) {
    conversation.Truncate(before);
    return std::move(decision).error();
  }
  return InChatDecision{*std::move(decision), std::move(item.last)};
}

Result<std::vector<Result<LabelDecision>>> Classifier::Classify(std::span<const std::string> texts,
                                                                const ClassifierSettings& settings,
                                                                const StopFlag* stop) {
  return Classify(EncodeTexts(tokenizer_, texts), settings, stop);
}

Result<std::vector<Result<LabelDecision>>> Classifier::Classify(std::span<const TextIds> texts,
                                                                const ClassifierSettings& settings,
                                                                const StopFlag* stop) {
  if (settings.no_neutral && task_.mode == TaskMode::kGenerate) {
    return Error{ErrorCode::kInvalidArgument,
                 "no_neutral: the task " + task_.name +
                     " generates text, whose neutral label cannot be left out",
                 "no_neutral"};
  }
  std::vector<Result<LabelDecision>> results(texts.size(), LabelDecision{});
  if (texts.empty()) return results;
  YIXIN_CHECK_OK(WarmUp(stop));
  const TaskHead* const head = this->head();
  Reading reading;
  std::vector<double> log_prior;
  if (head != nullptr) {
    reading = {head->layers, /*scores=*/false};
  } else {
    YIXIN_TRY(log_prior, LogPriorOf(settings));
  }
  YIXIN_CHECK_OK(Run(texts, settings.keep, reading, stop, [&](size_t index, Result<Item> item) {
    if (!item) {
      results[index] = std::move(item).error();
    } else if (task_.mode == TaskMode::kScore) {
      results[index] = Decide(*item, log_prior, settings.no_neutral);
    } else {
      results[index] =
          DecideFromAnswer(task_, tokenizer_.Decode(item->answer, /*skip_special=*/true));
    }
  }));
  return results;
}

Result<std::vector<double>> Classifier::EstimatePrior(std::span<const std::string> texts,
                                                      const ClassifierSettings& settings,
                                                      const StopFlag* stop) {
  if (task_.mode != TaskMode::kScore) {
    return Error{ErrorCode::kInvalidArgument,
                 "prior: the task " + task_.name + " generates text and scores no label", "task"};
  }
  YIXIN_CHECK_OK(ComputePrefixes(stop));  // and not WarmUp, which calls this
  std::vector<std::vector<double>> rows;
  const std::vector<TextIds> ids = EncodeTexts(tokenizer_, texts);
  YIXIN_CHECK_OK(Run(ids, settings.keep, {}, stop, [&](size_t, Result<Item> item) {
    if (!item) return;
    std::vector<double>& row = rows.emplace_back();
    for (size_t i = 0; i < item->scores.size(); ++i) {
      if (IsScored(task_, i, settings.no_neutral)) row.push_back(item->scores[i]);
    }
  }));
  if (rows.empty()) {
    return Error{ErrorCode::kInvalidArgument, "prior: no text is left to estimate it from",
                 "texts"};
  }
  return PriorOf(rows);
}

Result<std::vector<Result<TextStates>>> Classifier::ReadStates(std::span<const std::string> texts,
                                                               std::span<const int> layers,
                                                               bool with_scores,
                                                               const ClassifierSettings& settings,
                                                               const StopFlag* stop) {
  const int most = engine_->model().config().layers;
  if (task_.mode != TaskMode::kScore || layers.empty() || layers.front() < 1 ||
      layers.back() > most ||
      std::adjacent_find(layers.begin(), layers.end(), std::greater_equal()) != layers.end()) {
    return Error{ErrorCode::kInvalidArgument,
                 "layers: expected a task of mode score, and layers that ascend from 1 to " +
                     std::to_string(most),
                 "layers"};
  }
  std::vector<Result<TextStates>> results(texts.size(), TextStates{});
  if (texts.empty()) return results;
  YIXIN_CHECK_OK(WarmUp(stop));
  YIXIN_TRY(const std::vector<double> log_prior, LogPriorOf(settings));
  const std::vector<TextIds> ids = EncodeTexts(tokenizer_, texts);
  const Reading reading = {layers, with_scores};
  YIXIN_CHECK_OK(Run(ids, settings.keep, reading, stop, [&](size_t index, Result<Item> item) {
    if (!item) {
      results[index] = std::move(item).error();
      return;
    }
    TextStates& states = *results[index];
    states.states = std::move(item->states);
    if (!with_scores) return;
    states.decision = DecideLabel(task_, item->scores, log_prior, settings.no_neutral);
    states.scores = std::move(item->scores);
  }));
  return results;
}

Status Classifier::ReadGroup(std::span<Item> items, std::span<const int> layers,
                             const StopFlag* stop) {
  std::vector<KvSequence> sequences;
  sequences.reserve(items.size());
  std::vector<Step> steps;
  for (Item& item : items) {
    const std::vector<int32_t>& suffix = head_prompt_.suffix;
    item.ids.insert(item.ids.end(), suffix.begin(), suffix.end());
    sequences.push_back(BeginOf(item, 0));
    steps.push_back({&sequences.back(), item.ids, static_cast<int>(item.ids.size()) - 1});
  }
  const auto hidden = static_cast<size_t>(engine_->model().config().hidden);
  const size_t width = layers.size() * hidden;
  if (KvSequence* conversation = items[0].conversation; conversation != nullptr) {
    // It goes on from here, so that the pass goes on to the last layer.
    std::vector<int> blocks(layers.begin(), layers.end());
    const int last = engine_->model().config().layers;
    if (blocks.back() != last) blocks.push_back(last);
    YIXIN_TRY(const std::vector<float> states, engine_->ForwardToBlocks(steps, blocks, stop));
    items[0].states.assign(states.begin(), states.begin() + static_cast<ptrdiff_t>(width));
    items[0].last.assign(states.end() - static_cast<ptrdiff_t>(hidden), states.end());
    *conversation = std::move(sequences[0]);
    return {};
  }
  YIXIN_TRY(const std::vector<float> states, engine_->ForwardToBlocks(steps, layers, stop));
  for (size_t i = 0; i < items.size(); ++i) {
    const float* from = &states[i * width];
    items[i].states.assign(from, from + width);
  }
  return {};
}

Status Classifier::ScoreGroup(std::span<Item> items, std::span<const int> layers,
                              const StopFlag* stop) {
  for (Item& item : items) item.scores.assign(task_.labels.size(), 0.0);
  const bool same_prompt = head_prompt_.suffix == prompts_[0].suffix;
  for (size_t wording = 0; wording < prompts_.size(); ++wording) {
    YIXIN_CHECK_OK(ScoreWording(
        wording, items, wording == 0 && same_prompt ? layers : std::span<const int>(), stop));
  }
  if (!layers.empty() && !same_prompt) YIXIN_CHECK_OK(ReadGroup(items, layers, stop));
  for (Item& item : items) {
    for (double& score : item.scores) score /= static_cast<double>(prompts_.size());
  }
  return {};
}

// In: states [items * rows an item, blocks, hidden]. Keeps those of the first `layers` blocks in
// each item's first row. Out: those of the last block alone, which the head is computed on.
std::vector<float> Classifier::TakeStates(const std::vector<float>& states, size_t blocks,
                                          size_t layers, std::span<Item> items) const {
  const auto hidden = static_cast<size_t>(engine_->model().config().hidden);
  const size_t rows = states.size() / (blocks * hidden);
  std::vector<float> last;
  last.reserve(rows * hidden);
  for (size_t row = 0; row < rows; ++row) {
    const float* from = &states[row * blocks * hidden];
    if (row % (rows / items.size()) == 0) {
      items[row / (rows / items.size())].states.assign(from, from + layers * hidden);
    }
    last.insert(last.end(), from + (blocks - 1) * hidden, from + blocks * hidden);
  }
  return last;
}

// Adds the scores of one wording, and keeps the states of `layers`.
Status Classifier::ScoreWording(size_t wording, std::span<Item> items, std::span<const int> layers,
                                const StopFlag* stop) {
  struct Prompt {
    std::vector<int32_t> ids;       // text, suffix and the longest label
    KvSequence sequence;            // a fork of the prefix
    std::vector<double> log_probs;  // [labels_.size()]
  };
  // The longest label rides along behind its prompt: one pass gives the first token of every label
  // and all tokens of that one.
  const std::vector<int32_t>& longest = labels_[longest_].ids;
  const std::vector<int32_t>& suffix = prompts_[wording].suffix;
  std::vector<Prompt> prompts;
  prompts.reserve(items.size());
  std::vector<Step> steps;
  for (const Item& item : items) {
    Prompt& prompt = prompts.emplace_back(
        Prompt{item.ids, BeginOf(item, wording), std::vector<double>(labels_.size())});
    prompt.ids.insert(prompt.ids.end(), suffix.begin(), suffix.end());
    const int prompt_end = static_cast<int>(prompt.ids.size()) - 1;
    prompt.ids.insert(prompt.ids.end(), longest.begin(), longest.end() - 1);
    steps.push_back({&prompt.sequence, prompt.ids, prompt_end});
  }
  std::vector<int> blocks(layers.begin(), layers.end());
  const int last = engine_->model().config().layers;
  if (blocks.empty() || blocks.back() != last) blocks.push_back(last);
  YIXIN_TRY(std::vector<float> hidden, engine_->ForwardToBlocks(steps, blocks, stop));
  if (items[0].conversation != nullptr) {  // the first row is the end of the prompt
    const auto width = static_cast<ptrdiff_t>(engine_->model().config().hidden);
    items[0].last.assign(hidden.begin(), hidden.begin() + width);
  }
  if (!layers.empty()) hidden = TakeStates(hidden, blocks.size(), layers.size(), items);
  YIXIN_CHECK_OK(ForEachLogitRow(*engine_, hidden, [&](size_t row, std::span<const float> logits) {
    Prompt& prompt = prompts[row / longest.size()];
    const size_t place = row % longest.size();  // behind the prompt
    const double log_sum = engine_->LogSumExp(logits);
    for (size_t label = 0; label < labels_.size(); ++label) {
      if (place > 0 && label != longest_) continue;
      prompt.log_probs[label] +=
          static_cast<double>(logits[static_cast<size_t>(labels_[label].ids[place])]) - log_sum;
    }
  }));

  // The other labels of more than one token, each on a fork of its prompt.
  struct Branch {
    Prompt* prompt;
    size_t label;
  };
  std::vector<Branch> branches;
  for (Prompt& prompt : prompts) {
    for (size_t label = 0; label < labels_.size(); ++label) {
      if (label != longest_ && labels_[label].ids.size() > 1) branches.push_back({&prompt, label});
    }
  }
  for (size_t begin = 0; begin < branches.size(); begin += kGroupForks) {
    const auto some =
        std::span(branches).subspan(begin, std::min(kGroupForks, branches.size() - begin));
    std::vector<KvSequence> forks;
    forks.reserve(some.size());
    steps.clear();
    std::vector<std::pair<const Branch*, size_t>> rows;  // the token that a row predicts
    for (const Branch& branch : some) {
      const std::vector<int32_t>& ids = labels_[branch.label].ids;
      const auto prompt_length =
          branch.prompt->sequence.length() - static_cast<int32_t>(longest.size() - 1);
      forks.push_back(branch.prompt->sequence.Fork(prompt_length));
      steps.push_back({&forks.back(), std::span(ids).first(ids.size() - 1), 0});
      for (size_t place = 1; place < ids.size(); ++place) rows.emplace_back(&branch, place);
    }
    YIXIN_TRY(const std::vector<float> continued, engine_->Forward(steps, stop));
    YIXIN_CHECK_OK(
        ForEachLogitRow(*engine_, continued, [&](size_t row, std::span<const float> logits) {
          const auto& [branch, place] = rows[row];
          const int32_t id = labels_[branch->label].ids[place];
          branch->prompt->log_probs[branch->label] +=
              static_cast<double>(logits[static_cast<size_t>(id)]) -
              static_cast<double>(engine_->LogSumExp(logits));
        }));
  }
  if (KvSequence* conversation = items[0].conversation; conversation != nullptr) {
    KvSequence& sequence = prompts[0].sequence;
    sequence.Truncate(sequence.length() - static_cast<int32_t>(longest.size() - 1));
    *conversation = std::move(sequence);
  }
  for (size_t i = 0; i < items.size(); ++i) {
    YIXIN_TRY(const std::vector<double> scores, LabelScores(task_, labels_, prompts[i].log_probs));
    for (size_t label = 0; label < scores.size(); ++label) items[i].scores[label] += scores[label];
  }
  return {};
}

Status Classifier::GenerateGroup(std::span<Item> items, const StopFlag* stop) {
  struct Open {
    Item* item;
    KvSequence sequence;        // a fork of the prefix
    std::vector<int32_t> next;  // ids that are not in it yet
  };
  std::vector<Open> open;
  for (Item& item : items) {
    Open& one = open.emplace_back(Open{&item, prefixes_[0].Fork(), item.ids});
    one.next.insert(one.next.end(), prompts_[0].suffix.begin(), prompts_[0].suffix.end());
  }
  for (int token = 0; token < task_.max_new_tokens && !open.empty(); ++token) {
    if (Stopped(stop)) return Cancelled();
    std::vector<Step> steps;
    for (Open& one : open) {
      steps.push_back({&one.sequence, one.next, static_cast<int>(one.next.size()) - 1});
    }
    YIXIN_TRY(const std::vector<float> hidden, engine_->Forward(steps, stop));
    YIXIN_CHECK_OK(ForEachLogitRow(
        *engine_, hidden,
        [&](size_t row, std::span<const float> logits) { open[row].next = {ArgMax(logits)}; }));
    std::erase_if(open, [&](const Open& one) { return EndsAnswer(one.next.front()); });
    for (const Open& one : open) one.item->answer.push_back(one.next.front());
  }
  return {};
}

bool Classifier::EndsAnswer(int32_t id) const {
  return id == end_id_ || id == tokenizer_.eos_id() || tokenizer_.IsControl(id);
}

}  // namespace yixin
