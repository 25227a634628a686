// Two settings over three rows, for the tests of what `yixin eval` shows. Not part of the program.
#pragma once

#include <optional>
#include <vector>

#include "cli/eval_view.h"

namespace yixin {

inline JudgedRow Row(int truth, int predicted, std::optional<double> confidence) {
  JudgedRow row;
  row.truth = truth;
  row.predicted = predicted;
  row.confidence = confidence;
  return row;
}

struct Example {
  std::vector<LabelledText> texts = {
      {"a", "正面", "obvious", 1}, {"b", "中性", "neutral", 2}, {"c", "负面", "obvious", 3}};
  Evaluation evaluation;

  Example() {
    evaluation.labels = {"正面", "负面", "中性"};
    evaluation.rows = {0, 1, 2};
    evaluation.unknown_labels = {{"?", 4}};
    evaluation.judged = {{Row(0, 0, 0.9), Row(2, 0, 0.6), Row(1, kNoLabel, {})},
                         {Row(0, 0, {}), Row(2, 2, {}), Row(1, 1, {})}};
    evaluation.failures = {{{3, {ErrorCode::kInvalidText, "empty", ""}}}, {}};
  }
  std::vector<SettingFigures> Figures() const {
    return *MeasureSettings(evaluation, texts, {"one", "two"}, {"中性", ""});
  }
};

}  // namespace yixin
