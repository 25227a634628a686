// Labels for texts: one task over one engine. The task's prefix is computed once and shared by
// every text; texts go through the engine in batches, and a text's numbers do not depend on its
// neighbours. Tested by: classifier_test.cc, tests/golden
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "prompt/chat_template.h"
#include "tasks/label_decision.h"
#include "tasks/task_prompt.h"
#include "tasks/task_spec.h"
#include "tasks/token_text.h"
#include "tokenizer/tokenizer.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

struct ClassifierSettings {
  Keep keep = Keep::kError;  // what is kept of a text that does not fit
  bool no_neutral = false;
  // Of EstimatePrior, for a task whose calibration is of the kind batch; empty: none is taken off.
  std::span<const double> prior;
};

// What heads are fitted on.
struct TextStates {
  std::vector<float>
      states;  // [layers, hidden]: at the last position of the prompt that a head reads
  std::vector<double> scores;  // [task's labels]: raw, before any correction; empty: not asked for
  LabelDecision decision;      // by the scores; where they were not asked for, empty
};

// Of a text that stands in a conversation.
struct InChatDecision {
  LabelDecision decision;
  std::vector<float> hidden;  // [hidden]: the last layer's state at the end of the prompt
};

// Threads: one caller at a time, as the engine has.
class Classifier {
 public:
  // The engine outlives the classifier. context: tokens of a prompt and its answer.
  // Errors: those of EncodeLabels; kInvalidFile where the prompt alone fills the context;
  // kInvalidArgument for a chat task.
  static Result<Classifier> Create(TaskSpec task, const Tokenizer& tokenizer,
                                   const ChatTemplate& chat_template, Engine& engine, int context);

  const TaskSpec& task() const { return task_; }

  // Computes the prefixes, and the prior of a content-free calibration, if that has not been done.
  Status WarmUp(const StopFlag* stop);

  // One result a text, in order; the ids are those of EncodeTexts with the same tokenizer. Errors
  // of a text (kInvalidText: not UTF-8 with the position, empty or blank, too long) are in its
  // place; errors of all (kCancelled, kOutOfMemory, kInternal) are the call's. Memory: some tens of
  // megabytes whatever the number of texts. Cost: a prefill of each text.
  Result<std::vector<Result<LabelDecision>>> Classify(std::span<const TextIds> texts,
                                                      const ClassifierSettings& settings,
                                                      const StopFlag* stop);
  Result<std::vector<Result<LabelDecision>>> Classify(std::span<const std::string> texts,
                                                      const ClassifierSettings& settings,
                                                      const StopFlag* stop);

  // The label of the text that a conversation has come to. Computes `ids`, which end with that
  // text, and suffix() behind what `conversation` holds, and leaves both in it: whoever goes on
  // otherwise behind the text truncates. In: a task with in_chat; room for suffix_tokens(). Errors:
  // kOutOfMemory, kInternal, kCancelled; the conversation ends where it ended before. Cost: a
  // prefill of the ids and the suffix, whatever number of labels have one token.
  Result<InChatDecision> ClassifyInChat(KvSequence& conversation, std::span<const int32_t> ids,
                                        const ClassifierSettings& settings, const StopFlag* stop);
  const std::vector<int32_t>& suffix() const {
    return head() != nullptr ? head_prompt_.suffix : prompts_[0].suffix;
  }
  // Of the suffix and the longest label.
  size_t suffix_tokens() const { return suffix().size() + labels_[longest_].ids.size(); }

  // Hidden states after each of `layers` (ascending, in [1, the model's]), and with_scores the
  // decision that the task makes without a head, from the same pass.
  // In: a task of mode score. Errors: as Classify, and kInvalidArgument for layers that are not so.
  Result<std::vector<Result<TextStates>>> ReadStates(std::span<const std::string> texts,
                                                     std::span<const int> layers, bool with_scores,
                                                     const ClassifierSettings& settings,
                                                     const StopFlag* stop);
  // Of the prompt that a head is fitted on.
  uint64_t prompt_hash() const { return PromptHash(head_prompt_); }

  // How likely each scored label is over these texts on average, before any correction. Texts that
  // have an error are left out. Errors: as Classify has them for all; kInvalidArgument where no
  // text is left, or for a task that scores nothing. Cost: as Classify.
  Result<std::vector<double>> EstimatePrior(std::span<const std::string> texts,
                                            const ClassifierSettings& settings,
                                            const StopFlag* stop);

  // Prompt tokens that were not computed because the prefix was there.
  uint64_t tokens_reused() const { return tokens_reused_; }

 private:
  struct Item;

  Classifier(TaskSpec task, Tokenizer tokenizer, std::vector<TextPrompt> prompts,
             TextPrompt head_prompt, std::vector<LabelString> labels, int32_t end_id,
             Engine& engine, int context);

  // The ids of a text. Errors: as Classify has them for a text.
  Result<std::vector<int32_t>> Encode(const TextIds& text, Keep keep) const;
  // What is computed of a text in mode score.
  struct Reading {
    std::span<const int> layers;  // whose states are kept
    bool scores = true;
  };
  // Runs the texts in groups; finish(index, item or error) once for each.
  Status Run(std::span<const TextIds> texts, Keep keep, const Reading& reading,
             const StopFlag* stop, const std::function<void(size_t, Result<Item>)>& finish);
  Status ComputePrefixes(const StopFlag* stop);
  // What an item's text is computed behind.
  KvSequence BeginOf(const Item& item, size_t wording) const;
  Result<LabelDecision> Decide(const Item& item, std::span<const double> log_prior,
                               bool no_neutral) const;
  // Fills the items' scores, or their answers, or their states.
  Status ScoreGroup(std::span<Item> items, std::span<const int> layers, const StopFlag* stop);
  Status ScoreWording(size_t wording, std::span<Item> items, std::span<const int> layers,
                      const StopFlag* stop);
  std::vector<float> TakeStates(const std::vector<float>& states, size_t blocks, size_t layers,
                                std::span<Item> items) const;
  Status ReadGroup(std::span<Item> items, std::span<const int> layers, const StopFlag* stop);
  Status GenerateGroup(std::span<Item> items, const StopFlag* stop);
  const TaskHead* head() const { return task_.head ? task_.head->head.get() : nullptr; }
  Result<std::vector<double>> LogPriorOf(const ClassifierSettings& settings) const;
  bool EndsAnswer(int32_t id) const;
  size_t PromptTokens() const;  // of the longest wording
  int64_t TextRoom() const;     // tokens that a text may have

  TaskSpec task_;
  Tokenizer tokenizer_;
  std::vector<TextPrompt> prompts_;  // one a wording
  TextPrompt head_prompt_;           // its prefix is that of prompts_[0]
  std::vector<LabelString> labels_;
  size_t longest_ = 0;  // index in labels_ of the string with the most tokens
  int32_t end_id_;
  Engine* engine_;
  int context_;
  std::vector<KvSequence> prefixes_;        // of prompts_; empty: not computed yet
  std::vector<double> content_free_prior_;  // logs, [labels]; empty: none, or not computed yet
  uint64_t tokens_reused_ = 0;
};

}  // namespace yixin
