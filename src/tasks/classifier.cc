// Tested by: classifier_test.cc
#include "tasks/classifier.h"

#include <algorithm>
#include <utility>

#include "engine/sampler.h"
#include "tasks/logit_rows.h"

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
  size_t index = 0;               // in the caller's texts
  std::vector<int32_t> ids;       // text and suffix
  KvSequence sequence;            // a fork of the prefix
  std::vector<double> log_probs;  // [labels_.size()]
  std::vector<int32_t> answer;    // mode generate
  Result<LabelDecision> decision = LabelDecision{};
};

Classifier::Classifier(TaskSpec task, Tokenizer tokenizer, TextPrompt prompt,
                       std::vector<LabelString> labels, int32_t end_id, Engine& engine, int context)
    : task_(std::move(task)),
      tokenizer_(std::move(tokenizer)),
      prompt_(std::move(prompt)),
      labels_(std::move(labels)),
      end_id_(end_id),
      engine_(&engine),
      context_(context),
      prefix_(engine.NewSequence()) {
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
  YIXIN_TRY(TextPrompt prompt, EncodeTextPrompt(task, tokenizer, chat_template));
  YIXIN_TRY(std::vector<LabelString> labels, EncodeLabels(task, tokenizer));
  Classifier classifier(std::move(task), tokenizer, std::move(prompt), std::move(labels),
                        chat_template.end_id(), engine, context);
  if (classifier.TextRoom() < 1) {
    return Error{
        ErrorCode::kInvalidFile,
        classifier.task_.file + ": the prompt leaves no room for a text: it has " +
            std::to_string(classifier.prompt_.prefix.size() + classifier.prompt_.suffix.size()) +
            " tokens, the context has " + std::to_string(context),
        classifier.task_.file};
  }
  return classifier;
}

int64_t Classifier::TextRoom() const {
  const size_t answer = task_.mode == TaskMode::kGenerate
                            ? static_cast<size_t>(task_.max_new_tokens)
                            : labels_[longest_].ids.size();
  return int64_t{context_} -
         static_cast<int64_t>(prompt_.prefix.size() + prompt_.suffix.size() + answer);
}

Status Classifier::WarmUp(const StopFlag* stop) {
  if (prefix_.length() > 0) return {};
  YIXIN_TRY(prefix_, engine_->Prefix(prompt_.prefix, stop));
  return {};
}

Result<std::vector<int32_t>> Classifier::Encode(const TextIds& text, Keep keep) const {
  YIXIN_TRY(std::vector<int32_t> ids, text);
  YIXIN_CHECK_OK(CutTokens(tokenizer_, static_cast<size_t>(TextRoom()), keep, ids));
  ids.insert(ids.end(), prompt_.suffix.begin(), prompt_.suffix.end());
  return ids;
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
  std::vector<Item> group;
  size_t group_tokens = 0;
  const auto flush = [&]() -> Status {
    if (group.empty()) return {};
    if (Stopped(stop)) return Cancelled();
    YIXIN_CHECK_OK(task_.mode == TaskMode::kScore ? ScoreGroup(group, settings.no_neutral, stop)
                                                  : GenerateGroup(group, stop));
    for (Item& item : group) results[item.index] = std::move(item.decision);
    tokens_reused_ += group.size() * prompt_.prefix.size();
    group.clear();
    group_tokens = 0;
    return {};
  };
  for (size_t i = 0; i < texts.size(); ++i) {
    auto ids = Encode(texts[i], settings.keep);
    if (!ids) {
      results[i] = std::move(ids).error();
      continue;
    }
    YIXIN_CHECK_OK(WarmUp(stop));
    if (group.size() == kGroupTexts || group_tokens + ids->size() > kGroupTokens) {
      YIXIN_CHECK_OK(flush());
    }
    group_tokens += ids->size();
    group.push_back(Item{i, *std::move(ids), prefix_.Fork(), {}, {}});
  }
  YIXIN_CHECK_OK(flush());
  return results;
}

Status Classifier::ScoreGroup(std::span<Item> items, bool no_neutral, const StopFlag* stop) {
  // The longest label rides along behind its prompt: one pass gives the first token of every label
  // and all tokens of that one.
  const std::vector<int32_t>& longest = labels_[longest_].ids;
  std::vector<Step> steps;
  for (Item& item : items) {
    item.log_probs.assign(labels_.size(), 0.0);
    const int prompt_end = static_cast<int>(item.ids.size()) - 1;
    item.ids.insert(item.ids.end(), longest.begin(), longest.end() - 1);
    steps.push_back({&item.sequence, item.ids, prompt_end});
  }
  YIXIN_TRY(const std::vector<float> hidden, engine_->Forward(steps, stop));
  YIXIN_CHECK_OK(ForEachLogitRow(*engine_, hidden, [&](size_t row, std::span<const float> logits) {
    Item& item = items[row / longest.size()];
    const size_t place = row % longest.size();  // behind the prompt
    const double log_sum = engine_->LogSumExp(logits);
    for (size_t label = 0; label < labels_.size(); ++label) {
      if (place > 0 && label != longest_) continue;
      item.log_probs[label] +=
          static_cast<double>(logits[static_cast<size_t>(labels_[label].ids[place])]) - log_sum;
    }
  }));

  // The other labels of more than one token, each on a fork of its prompt.
  struct Branch {
    Item* item;
    size_t label;
  };
  std::vector<Branch> branches;
  for (Item& item : items) {
    for (size_t label = 0; label < labels_.size(); ++label) {
      if (label != longest_ && labels_[label].ids.size() > 1) branches.push_back({&item, label});
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
          branch.item->sequence.length() - static_cast<int32_t>(longest.size() - 1);
      forks.push_back(branch.item->sequence.Fork(prompt_length));
      steps.push_back({&forks.back(), std::span(ids).first(ids.size() - 1), 0});
      for (size_t place = 1; place < ids.size(); ++place) rows.emplace_back(&branch, place);
    }
    YIXIN_TRY(const std::vector<float> continued, engine_->Forward(steps, stop));
    YIXIN_CHECK_OK(
        ForEachLogitRow(*engine_, continued, [&](size_t row, std::span<const float> logits) {
          const auto& [branch, place] = rows[row];
          const int32_t id = labels_[branch->label].ids[place];
          branch->item->log_probs[branch->label] +=
              static_cast<double>(logits[static_cast<size_t>(id)]) -
              static_cast<double>(engine_->LogSumExp(logits));
        }));
  }
  for (Item& item : items) {
    item.decision = DecideLabel(task_, labels_, item.log_probs, no_neutral);
  }
  return {};
}

Status Classifier::GenerateGroup(std::span<Item> items, const StopFlag* stop) {
  struct Open {
    Item* item;
    std::vector<int32_t> next;  // ids that are not in its sequence yet
  };
  std::vector<Open> open;
  for (Item& item : items) open.push_back({&item, item.ids});
  for (int token = 0; token < task_.max_new_tokens && !open.empty(); ++token) {
    if (Stopped(stop)) return Cancelled();
    std::vector<Step> steps;
    for (const Open& one : open) {
      steps.push_back({&one.item->sequence, one.next, static_cast<int>(one.next.size()) - 1});
    }
    YIXIN_TRY(const std::vector<float> hidden, engine_->Forward(steps, stop));
    YIXIN_CHECK_OK(ForEachLogitRow(
        *engine_, hidden,
        [&](size_t row, std::span<const float> logits) { open[row].next = {ArgMax(logits)}; }));
    std::erase_if(open, [&](const Open& one) { return EndsAnswer(one.next.front()); });
    for (const Open& one : open) one.item->answer.push_back(one.next.front());
  }
  for (Item& item : items) {
    item.decision = DecideFromAnswer(task_, tokenizer_.Decode(item.answer, /*skip_special=*/true));
  }
  return {};
}

bool Classifier::EndsAnswer(int32_t id) const {
  return id == end_id_ || id == tokenizer_.eos_id() || tokenizer_.IsControl(id);
}

}  // namespace yixin
