// A task file as it is after it was taught: the same task with a head, or with a correction of its
// labels' scores. Comments and layout of the first file are lost; the words are the same.
// Tested by: task_edit_test.cc
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"

namespace yixin {

struct LabelCorrection {
  std::string label;
  double scale = 1;
  double bias = 0;
};

struct TaskEdit {
  std::string name;
  std::string title;
  std::vector<std::string> comments;  // lines that the file begins with
  // One of the two.
  std::string head_file;
  std::string head_checksum;
  std::vector<LabelCorrection> corrections;  // of all scored labels
  std::string model;                         // the fingerprint that the corrections hold for
};

// In: a task file that ParseTask takes, and its name for messages.
// Errors: those of ParseTask, for either file.
Result<std::string> EditTask(std::string_view toml, std::string_view file, const TaskEdit& edit);

}  // namespace yixin
