// A task as data: what its TOML file says, checked. Text only; classifier.h and dialogue.h turn
// it into token ids. The format is described in docs/tasks.md.
// Tested by: task_spec_test.cc, shipped_tasks_test.cc, tests/fuzz/task_fuzz.cc
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sampler.h"
#include "tasks/calibration_spec.h"
#include "tasks/head_rule.h"
#include "yixin/escalation.h"
#include "yixin/result.h"

namespace yixin {

enum class TaskMode {
  kScore,     // the labels' log-probabilities after one prefill
  kGenerate,  // greedy text, searched for the labels
  kChat,      // a conversation
};
std::string_view NameOf(TaskMode mode);  // as the file writes it

struct TaskLabel {
  std::string name;
  std::vector<std::string> strings;  // what stands for it; at least one
  double scale = 1;                  // of kind fitted: the log-probability is multiplied by it
  double bias = 0;                   // added to the log-probability then (score only)
  int line = 0;                      // in the file
};

struct TaskExample {
  std::string text;
  std::string answer;  // a label's name (score, generate) or a reply (chat)
};

// Another way to ask for the same labels.
struct TaskWording {
  std::string system;
  std::string answer_prefix;
};

// What the neutral label is: one that is scored like the others, or what is said when the first and
// the second label are close. In mode generate: what is said when no label is found.
struct NeutralRule {
  std::string label;
  std::optional<double> margin_below;  // of probs, in (0, 1]; empty: a label of its own
};

struct TaskSpec {
  std::string file;  // where it came from, for messages
  std::string name;
  std::string title;  // one line for people
  TaskMode mode = TaskMode::kScore;
  std::string system;                 // empty: no system message
  std::string answer_prefix;          // what the answer is made to begin with, before the label
  std::vector<TaskWording> wordings;  // beside these two; scores are averaged (score only)
  // A chat task's name, or its file beside this one: the text stands in that chat's context, and
  // `system` behind the text (score only). Empty: in a prompt of its own.
  std::string in_chat;
  std::shared_ptr<const TaskSpec> chat;  // what in_chat names, put here by whoever finds it
  bool reply_line_break = true;          // behind the last "assistant"
  std::vector<TaskExample> examples;
  std::vector<TaskLabel> labels;
  std::optional<NeutralRule> neutral;
  CalibrationSpec calibration;   // score only
  std::optional<HeadRule> head;  // score only; calibration has no say then
  std::vector<std::pair<std::string, std::string>> moods;  // label -> what the model is told (chat)
  std::optional<EscalationRule> escalation;                // chat only
  int max_new_tokens = 0;                                  // 0 in mode score
  int timeout_ms = 0;                                      // of a reply; 0: none
  int repeated_sentences = 0;  // a sentence said so often ends the reply; 0: never
  SamplingOptions sampling;    // chat; the others are greedy

  const TaskLabel* FindLabel(std::string_view label) const;   // nullptr: there is none
  const std::string* FindMood(std::string_view label) const;  // the sentence for it, or nullptr
};

// In: a file's contents; `file`: its name for messages.
// Errors: kInvalidFile as "FILE:LINE: KEY: what is wrong"; subject is the key.
Result<TaskSpec> ParseTask(std::string_view toml, std::string_view file);

// With its head. Errors: kNotFound, kIo, and those of ParseTask and LoadHead.
Result<TaskSpec> LoadTask(const std::filesystem::path& path);

// As if it had none. Errors: kNotFound, kIo, and those of ParseTask.
Result<TaskSpec> LoadTaskWithoutHead(const std::filesystem::path& path);

// A TOML file larger than this is no task: few-shot examples longer than any context fit.
inline constexpr size_t kMaxTaskBytes = size_t{256} << 10;

}  // namespace yixin
