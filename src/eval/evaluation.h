// Runs settings (a task, its options) over labelled rows and judges each answer.
// Tested by: evaluation_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eval/judged_row.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"
#include "yixin/task.h"

namespace yixin {

struct LabelledText {
  std::string text;
  std::string label;  // as the data has it
  std::string group;  // may be empty
  uint64_t line = 0;
};

// The engine as an evaluation sees it: a result for each text, of the setting with this index.
using ClassifySetting = std::function<Result<std::vector<Result<Classification>>>(
    std::span<const std::string>, size_t)>;

struct EvaluationOptions {
  std::vector<std::vector<std::string>> setting_labels;  // [settings]: what each may answer
  std::map<std::string, std::string> label_names;        // the data's -> the task's, as given
  size_t batch_rows = 256;
  std::function<void(uint64_t done, uint64_t all)> progress;  // answers over all settings
};

struct RowFailure {
  uint64_t line = 0;
  Error error;
};

struct Evaluation {
  // Of all settings, each once, in their order. A row whose true label one setting does not have is
  // wrong for that setting, so that all are measured on the same rows.
  std::vector<std::string> labels;
  std::vector<size_t> rows;  // of the input, those that were judged
  // Labels of the data that no setting has, with their rows, which are not judged.
  std::map<std::string, uint64_t> unknown_labels;
  std::vector<std::vector<JudgedRow>> judged;     // [settings][rows]
  std::vector<std::vector<RowFailure>> failures;  // [settings]
};

// Errors: kInvalidArgument where no row's label is one of a setting's (the message lists both) or
// where a name of label_names is none of them; kInternal for an answer that is no label or a
// probability that is none; kCancelled; what the engine ends with.
Result<Evaluation> Evaluate(std::span<const LabelledText> texts, const ClassifySetting& classify,
                            const EvaluationOptions& options, const StopFlag* stop = nullptr);

// "1=正面" -> the pair. Errors: kInvalidArgument without "=" or with nothing on a side.
Result<std::pair<std::string, std::string>> ParseLabelName(std::string_view word);

}  // namespace yixin
