// Tested by: result_fields_test.cc
#include "bulk/result_fields.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace yixin {

TaskOutcome OutcomeOf(const BulkTask& task, const Result<Classification>& result) {
  if (!result) return FailedOutcome(TraitsOf(result.error().code).name, result.error().message);
  TaskOutcome outcome;
  outcome.label = result->label;
  for (const std::string& label : task.scored) {
    const auto found = std::find_if(result->probs.begin(), result->probs.end(),
                                    [&](const auto& entry) { return entry.first == label; });
    const bool is_there = found != result->probs.end();
    outcome.probs.push_back(is_there ? found->second : std::numeric_limits<double>::quiet_NaN());
  }
  outcome.margin = result->margin;
  outcome.label_mass = result->label_mass;
  return outcome;
}

TaskOutcome FailedOutcome(std::string_view code, std::string_view message) {
  TaskOutcome outcome;
  outcome.error = code;
  outcome.message = message;
  return outcome;
}

void AppendFieldPaths(const BulkTask& task, std::vector<FieldPath>& paths) {
  paths.push_back({task.name, "label"});
  for (const std::string& label : task.scored) paths.push_back({task.name, "probs", label});
  if (!task.scored.empty()) {
    paths.push_back({task.name, "margin"});
    paths.push_back({task.name, "label_mass"});
  }
  if (task.is_compared) paths.push_back({task.name, "agrees"});
  paths.push_back({task.name, "error"});
  paths.push_back({task.name, "message"});
}

void AppendFieldValues(const BulkTask& task, const TaskOutcome& outcome, const std::string& place,
                       std::optional<bool> agrees, std::vector<FieldValue>& values) {
  const bool failed = outcome.label.empty();
  const auto append = [&](bool is_there, FieldValue value) {
    values.push_back(is_there ? std::move(value) : FieldValue());
  };
  append(!failed, outcome.label);
  for (size_t i = 0; i < task.scored.size(); ++i) {
    append(!failed, failed ? FieldValue() : FieldValue(outcome.probs[i]));
  }
  if (!task.scored.empty()) {
    append(!failed, outcome.margin);
    append(!failed, outcome.label_mass);
  }
  if (task.is_compared) append(!failed && agrees.has_value(), agrees.value_or(false));
  append(failed, outcome.error);
  append(failed, place + outcome.message);
}

}  // namespace yixin
