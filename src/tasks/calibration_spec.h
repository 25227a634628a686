// How a task's label scores are corrected before they are compared: the table [calibration] of a
// task file. What is done with it: label_calibration.h. Tested by: calibration_spec_test.cc
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tasks/toml_table.h"

namespace yixin {

enum class CalibrationKind {
  kNone,
  kContentFree,  // what the prompt says of texts that say nothing is taken off; Zhao et al. 2021
  kBatch,        // what it says of a file's first rows on average is taken off; Zhou et al. 2023
  kFitted,       // a scale and a bias for each label, of one model
};
std::string_view NameOf(CalibrationKind kind);  // as the file writes it

struct CalibrationSpec {
  CalibrationKind kind = CalibrationKind::kNone;
  std::vector<std::string> texts;  // kContentFree: that say nothing
  std::string model;               // kFitted: the fingerprint of the model that it holds for
};

// In: a task's top table, of mode score. Out: kNone where there is no [calibration].
CalibrationSpec ReadCalibration(TomlTable& top);

}  // namespace yixin
