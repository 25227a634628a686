// A finished output as tasks for Label Studio, with the labels as predictions that people correct.
// One JSON array, written row by row: {"data": {"text": ..., the other columns}, "predictions":
// [{"model_version", "score", "result": [{"from_name", "to_name", "type": "choices", "value"}]}]}.
// Source: https://labelstud.io/guide/predictions. Tested by: label_studio_test.cc
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bulk/result_reader.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

struct LabelStudioCounts {
  uint64_t tasks = 0;
  uint64_t left_out = 0;  // rows without a text
};

// The file is there whole or not at all. A row without a label is a task without a prediction. The
// score is the label's probability, of several tasks the smallest. In: `model_version`, what people
// see as the predictions' author. Errors: those of ResultReader; kIo; kCancelled.
Result<LabelStudioCounts> ExportLabelStudio(const ResultTable& table, const std::string& path,
                                            const std::string& model_version, const StopFlag* stop);

// What a project's labeling interface must be for these predictions. In: the tasks' names, and the
// labels of each.
std::string LabelStudioInterface(const std::vector<std::string>& tasks,
                                 const std::vector<std::vector<std::string>>& labels);

}  // namespace yixin
