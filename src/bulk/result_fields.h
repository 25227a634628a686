// How a task's result stands in a row of the output: under the task's name, so that a column
// `label` of the input stays what it is.
//   sentiment.zh.label, sentiment.zh.probs.正面, ..., sentiment.zh.margin, sentiment.zh.label_mass,
//   sentiment.zh.error, sentiment.zh.message
// and sentiment.zh.agrees before the error where a column of ratings is compared.
// A row has a label or an error. Nothing here depends on time, batch or machine load.
// Tested by: result_fields_test.cc
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "table/row_writer.h"
#include "yixin/error_table.h"
#include "yixin/task.h"

namespace yixin {

struct BulkTask {
  std::string name;                 // results stand under it
  std::vector<std::string> scored;  // labels with a probability, in order; empty in mode generate
  bool is_compared = false;         // with a column of ratings
};

// A text's result for one task.
struct TaskOutcome {
  std::string label;          // empty: there is an error
  std::vector<double> probs;  // [task.scored]; NaN for a label that the result does not have
  double margin = 0;
  double label_mass = 0;
  std::string error;    // a code: those of kErrorTable and of kRowFaultNames
  std::string message;  // without the line
};

TaskOutcome OutcomeOf(const BulkTask& task, const Result<Classification>& result);
TaskOutcome FailedOutcome(std::string_view code, std::string_view message);

// The paths of a task's fields, and the values for one row in the same order. In: `place`, what
// the message begins with: "line 7: "; `agrees`, with the rating.
void AppendFieldPaths(const BulkTask& task, std::vector<FieldPath>& paths);
void AppendFieldValues(const BulkTask& task, const TaskOutcome& outcome, const std::string& place,
                       std::optional<bool> agrees, std::vector<FieldValue>& values);

}  // namespace yixin
