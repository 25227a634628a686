// Tested by: evaluation_test.cc
#include "eval/evaluation.h"

#include <algorithm>

namespace yixin {
namespace {

constexpr size_t kLabelsListed = 20;  // of the data, in a message

int IndexOf(const std::vector<std::string>& labels, const std::string& label) {
  const auto found = std::find(labels.begin(), labels.end(), label);
  return found == labels.end() ? kNoLabel : static_cast<int>(found - labels.begin());
}

std::string Listed(const std::vector<std::string>& labels) {
  std::string out;
  for (size_t i = 0; i < labels.size() && i < kLabelsListed; ++i) {
    if (i > 0) out += ", ";
    out += labels[i].empty() ? "(empty)" : labels[i];
  }
  if (labels.size() > kLabelsListed) out += ", ...";
  return out;
}

Result<JudgedRow> Judge(int truth, const Classification& answer,
                        const std::vector<std::string>& labels) {
  JudgedRow row;
  row.truth = truth;
  row.predicted = IndexOf(labels, answer.label);
  if (row.predicted == kNoLabel) {
    return Error{ErrorCode::kInternal, "the answer \"" + answer.label + "\" is no label", ""};
  }
  double squares = 0;
  for (const auto& [label, probability] : answer.probs) {
    if (!(probability >= 0 && probability <= 1 + 1e-6)) {
      return Error{ErrorCode::kInternal, "the probability of \"" + label + "\" is not in [0, 1]",
                   ""};
    }
    const bool is_true = IndexOf(labels, label) == truth;
    const double miss = probability - (is_true ? 1.0 : 0.0);
    squares += miss * miss;
    if (label == answer.label) row.confidence = probability;
    if (is_true) row.truth_probability = probability;
  }
  if (row.truth_probability) row.squared_error = squares;
  return row;
}

Status FindTruth(std::span<const LabelledText> texts, const EvaluationOptions& options,
                 Evaluation& out, std::vector<int>& truth) {
  for (const auto& labels : options.setting_labels) {
    for (const std::string& label : labels) {
      if (IndexOf(out.labels, label) == kNoLabel) out.labels.push_back(label);
    }
  }
  for (const auto& [from, to] : options.label_names) {
    if (IndexOf(out.labels, to) != kNoLabel) continue;
    return Error{ErrorCode::kInvalidArgument,
                 "--map " + from + "=" + to + ": the task has the labels " + Listed(out.labels),
                 "map"};
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto named = options.label_names.find(texts[i].label);
    const bool is_named = named != options.label_names.end();
    const int index = IndexOf(out.labels, is_named ? named->second : texts[i].label);
    if (index == kNoLabel) {
      ++out.unknown_labels[texts[i].label];
      continue;
    }
    out.rows.push_back(i);
    truth.push_back(index);
  }
  if (!out.rows.empty() || texts.empty()) return {};
  std::vector<std::string> found;
  for (const auto& [label, rows] : out.unknown_labels) found.push_back(label);
  return Error{ErrorCode::kInvalidArgument,
               "no row has a label of the task: the data has " + Listed(found) + ", the task has " +
                   Listed(out.labels) + "; --map DATA=TASK names them",
               "label-column"};
}

}  // namespace

Result<Evaluation> Evaluate(std::span<const LabelledText> texts, const ClassifySetting& classify,
                            const EvaluationOptions& options, const StopFlag* stop) {
  const size_t settings = options.setting_labels.size();
  if (settings == 0 || options.batch_rows == 0) {
    return Error{ErrorCode::kInvalidArgument, "an evaluation needs a task and rows a batch", ""};
  }
  Evaluation out;
  std::vector<int> truth;
  YIXIN_CHECK_OK(FindTruth(texts, options, out, truth));
  out.judged.resize(settings);
  out.failures.resize(settings);
  uint64_t done = 0;
  std::vector<std::string> batch;
  for (size_t first = 0; first < out.rows.size(); first += options.batch_rows) {
    const size_t count = std::min(options.batch_rows, out.rows.size() - first);
    batch.clear();
    for (size_t i = 0; i < count; ++i) batch.push_back(texts[out.rows[first + i]].text);
    for (size_t setting = 0; setting < settings; ++setting) {
      if (stop != nullptr && stop->requested()) {
        return Error{ErrorCode::kCancelled, "the evaluation was stopped", ""};
      }
      YIXIN_TRY(const auto answers, classify(batch, setting));
      if (answers.size() != count) {
        return Error{ErrorCode::kInternal, "the engine gave another number of answers", ""};
      }
      for (size_t i = 0; i < count; ++i) {
        const size_t row = first + i;
        JudgedRow judged;
        judged.truth = truth[row];
        if (answers[i]) {
          YIXIN_TRY(judged, Judge(truth[row], *answers[i], out.labels));
        } else {
          out.failures[setting].push_back({texts[out.rows[row]].line, answers[i].error()});
        }
        out.judged[setting].push_back(judged);
      }
      done += count;
      if (options.progress) options.progress(done, out.rows.size() * settings);
    }
  }
  return out;
}

Result<std::pair<std::string, std::string>> ParseLabelName(std::string_view word) {
  const size_t sign = word.find('=');
  if (sign == std::string_view::npos || sign == 0 || sign + 1 == word.size()) {
    return Error{ErrorCode::kInvalidArgument,
                 "--map: expected DATA=TASK, such as 1=正面, not \"" + std::string(word) + "\"",
                 "map"};
  }
  return std::pair(std::string(word.substr(0, sign)), std::string(word.substr(sign + 1)));
}

}  // namespace yixin
