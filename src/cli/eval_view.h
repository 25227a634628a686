// What `yixin eval` shows: a table for people, and everything as JSON.
// Tested by: eval_view_test.cc
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/json_output.h"
#include "eval/bootstrap.h"
#include "eval/calibration.h"
#include "eval/evaluation.h"
#include "eval/label_metrics.h"

namespace yixin {

struct GroupFigures {
  std::string name;
  LabelMetrics labels;
};

struct SettingFigures {
  std::string name;  // the task's
  LabelMetrics labels;
  std::optional<Interval> accuracy_interval;
  std::optional<Calibration> calibration;
  std::vector<Coverage> coverage;
  std::vector<GroupFigures> groups;
  std::optional<double> versus_first;  // accuracy minus that of the first setting
  std::optional<Interval> versus_first_interval;
  std::string neutral;  // the task's neutral label; may be empty
  double seconds = 0;
};

// Errors: as the metrics. In: a name for each setting; a neutral label for each.
Result<std::vector<SettingFigures>> MeasureSettings(const Evaluation& evaluation,
                                                    const std::vector<LabelledText>& texts,
                                                    const std::vector<std::string>& names,
                                                    const std::vector<std::string>& neutral);

std::vector<std::string> FormatEvaluation(const Evaluation& evaluation,
                                          const std::vector<SettingFigures>& settings);
Json EvaluationJson(const Evaluation& evaluation, const std::vector<SettingFigures>& settings);

}  // namespace yixin
