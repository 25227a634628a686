// A label as answers have it.
// Tested by: classify_request_test.cc
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "yixin/task.h"

namespace yixin {

// {"label", "probs", "num_classes", "labels", "margin", "score_kind", "task"}: vLLM's names first.
nlohmann::ordered_json ClassificationJson(const Classification& result);

// Of the label, as far as the task has probabilities; else 1.
double ProbabilityOfLabel(const Classification& result);

}  // namespace yixin
