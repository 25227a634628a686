// From the log-probabilities of label strings, or from a generated answer, to a label. No model
// here. Tested by: label_decision_test.cc
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tasks/task_prompt.h"
#include "tasks/task_spec.h"
#include "yixin/result.h"

namespace yixin {

struct LabelDecision {
  std::string label;
  // Softmax over the labels that were scored, in the task's order. Empty in mode generate.
  std::vector<std::pair<std::string, double>> probs;
  double label_mass = 0;  // NaN in mode generate
  double margin = 0;      // first minus second of probs
};

// In: log-probabilities [strings.size()], each summed over the string's tokens.
// A label's score is the log of the sum of its strings' probabilities, plus its bias. Equal scores:
// the label that the task names first.
// no_neutral: the neutral label is left out of the scored ones, or the margin rule is.
// Errors: kInternal where a log-probability is not finite; never a label then.
Result<LabelDecision> DecideLabel(const TaskSpec& task, std::span<const LabelString> strings,
                                  std::span<const double> log_probabilities, bool no_neutral);

// Mode generate: of the answer's last line that says something, the first label of the task that
// it holds; the neutral label where it holds none.
LabelDecision DecideFromAnswer(const TaskSpec& task, std::string_view answer);

}  // namespace yixin
