// A label as answers have it.
// Tested by: classify_request_test.cc
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

#include "yixin/result.h"
#include "yixin/task.h"

namespace yixin {

// {"label", "probs", "num_classes", "labels", "margin", "score_kind", "task"}: vLLM's names first.
nlohmann::ordered_json ClassificationJson(const Classification& result);

// Of the label, as far as the task has probabilities; else 1.
double ProbabilityOfLabel(const Classification& result);

// The first error of them, under the name of its text in the request: `place` with the text's
// number for its *, if it has one.
Status AllLabelled(std::span<const Result<Classification>> results, std::string_view place);

}  // namespace yixin
