// What the file of a task says: read without a model, for those who write tasks and those who want
// to see one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"
#include "yixin/task.h"

namespace yixin {

struct TaskFileExample {
  std::string text;
  std::string answer;  // a label's name, or of a chat task a reply
};

struct TaskFileLabel {
  std::string name;
  std::vector<std::string> strings;  // what stands for it; at least one
};

struct TaskFileHead {
  std::string file;                 // beside the task's file
  std::string model;                // the fingerprint of the model that it was fitted on
  std::string model_name;           // for people
  bool untaught_elsewhere = false;  // other models are asked by the words; else that is an error
};

struct TaskFile {
  std::string path;
  TaskSummary summary;
  std::string system;         // empty: no system message
  std::string answer_prefix;  // may be empty
  std::string in_chat;        // empty: a prompt of its own
  size_t wordings = 1;        // ways to ask, the top-level one included
  std::vector<TaskFileExample> examples;
  std::vector<TaskFileLabel> labels;
  std::string neutral;                  // empty: the task has none
  std::optional<double> neutral_below;  // the margin rule; else neutral is a label among the others
  std::string calibration;              // "none", "content_free", "batch", "fitted"
  std::optional<TaskFileHead> head;
};

// In: as ClassifyOptions::task; share_path: as AssistantOptions::share_path. The head's file and
// the chat that in_chat names are read as well. Errors: kNotFound, kIo; kInvalidFile as "FILE:LINE:
// KEY: what is wrong".
Result<TaskFile> ReadTaskFile(std::string_view task, std::string_view share_path);

// The paths of the shipped tasks, by name. Errors: kNotFound.
Result<std::vector<std::string>> ShippedTaskFiles(std::string_view share_path);

// Whether a file with these contents would be a task; `file` is its name for messages.
// Errors: kInvalidFile.
Status CheckTaskText(std::string_view toml, std::string_view file);

// A task's prompt on a model, as token ids: prefix + text + suffix is what the model reads.
struct TaskPrompt {
  struct LabelString {
    std::string label;
    std::string string;
    std::vector<int32_t> ids;
  };
  std::vector<int32_t> prefix;  // computed once for all texts
  std::vector<int32_t> text;
  std::vector<int32_t> suffix;      // up to where the answer begins
  std::vector<LabelString> labels;  // of a task that is scored
  std::string note;                 // as TaskFacts::note
  // "logprob", "generate", "head", or "chat": how this model decides.
  std::string score_kind;
};

}  // namespace yixin
