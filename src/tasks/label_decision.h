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

// A label's score is the log of the sum of its strings' probabilities.
// In: log-probabilities [strings.size()], each summed over the string's tokens. Out: [labels].
// Errors: kInternal where a log-probability is not finite; never a label then.
Result<std::vector<double>> LabelScores(const TaskSpec& task, std::span<const LabelString> strings,
                                        std::span<const double> log_probabilities);

// Compared is scale * score + bias - log_prior. Equal ones: the label that the task names first.
// In: scores [labels]; log_prior [labels], or empty for none (label_calibration.h).
// no_neutral: the neutral label is left out of the scored ones, or the margin rule is.
LabelDecision DecideLabel(const TaskSpec& task, std::span<const double> scores,
                          std::span<const double> log_prior, bool no_neutral);

// Fills probs, whose labels are there, label and margin. In: finite scores [decision.probs.size()].
void SoftmaxInto(std::vector<double> scores, LabelDecision& decision);

// Whether the label with this index is scored. no_neutral: as above.
bool IsScored(const TaskSpec& task, size_t label, bool no_neutral);

// Mode generate: of the answer's last line that says something, the first label of the task that
// it holds; the neutral label where it holds none.
LabelDecision DecideFromAnswer(const TaskSpec& task, std::string_view answer);

}  // namespace yixin
