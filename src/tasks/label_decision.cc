// Tested by: label_decision_test.cc
#include "tasks/label_decision.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tasks/token_text.h"

namespace yixin {
namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

double LogSumExp(double a, double b) {
  const double larger = std::max(a, b);
  return larger == kMinusInfinity ? larger : larger + std::log1p(std::exp(std::min(a, b) - larger));
}

}  // namespace

Result<std::vector<double>> LabelScores(const TaskSpec& task, std::span<const LabelString> strings,
                                        std::span<const double> log_probabilities) {
  std::vector<double> scores(task.labels.size(), kMinusInfinity);
  for (size_t i = 0; i < strings.size(); ++i) {
    if (!std::isfinite(log_probabilities[i])) {
      return Error{ErrorCode::kInternal,
                   "the model gave a log-probability that is not finite for the label " +
                       task.labels[strings[i].label].name,
                   "logits"};
    }
    double& score = scores[strings[i].label];
    score = LogSumExp(score, log_probabilities[i]);
  }
  return scores;
}

void SoftmaxInto(std::vector<double> scores, LabelDecision& decision) {
  const double best = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score - best);
  double first = -1;
  double second = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    const double p = decision.probs[i].second = scores[i] / sum;
    if (p > first) {
      second = std::max(first, 0.0);
      first = p;
      decision.label = decision.probs[i].first;
    } else {
      second = std::max(second, p);
    }
  }
  decision.margin = first - second;
}

bool IsScored(const TaskSpec& task, size_t label, bool no_neutral) {
  return !(no_neutral && task.neutral && task.labels[label].name == task.neutral->label);
}

LabelDecision DecideLabel(const TaskSpec& task, std::span<const double> scores,
                          std::span<const double> log_prior, bool no_neutral) {
  LabelDecision decision;
  const bool margin_rule = task.neutral && task.neutral->margin_below;
  std::vector<double> kept;
  for (size_t i = 0; i < task.labels.size(); ++i) {
    const TaskLabel& label = task.labels[i];
    if (!IsScored(task, i, no_neutral)) continue;
    decision.label_mass += std::exp(scores[i]);
    decision.probs.emplace_back(label.name, 0.0);
    kept.push_back(label.scale * scores[i] + label.bias - (log_prior.empty() ? 0 : log_prior[i]));
  }
  SoftmaxInto(kept, decision);
  if (margin_rule && !no_neutral && decision.margin < *task.neutral->margin_below) {
    decision.label = task.neutral->label;
  }
  return decision;
}

LabelDecision DecideFromAnswer(const TaskSpec& task, std::string_view answer) {
  LabelDecision decision;
  decision.label_mass = std::numeric_limits<double>::quiet_NaN();
  decision.label = task.neutral->label;
  std::string_view line;
  for (std::string_view rest = answer; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    if (!IsBlank(rest.substr(0, end))) line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const TaskLabel& label : task.labels) {
    for (const std::string& text : label.strings) {
      if (line.find(text) != std::string_view::npos) {
        decision.label = label.name;
        return decision;
      }
    }
  }
  return decision;
}

}  // namespace yixin
