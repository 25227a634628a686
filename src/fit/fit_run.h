// Teaching a task: hidden states of every labelled text, a head over them (or, of few rows, a
// correction of the labels' scores), and how much better than untaught that is on the same rows.
// The model is a function here, so that this needs none. Tested by: fit_run_test.cc
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fit/head_search.h"
#include "fit/label_scores.h"
#include "fit/labelled_rows.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"
#include "yixin/teach.h"

namespace yixin {

struct FitOptions {
  // Fewer rows do not carry a head of a thousand weights a label; two numbers a label they do.
  size_t least_head_rows = 50;
  SearchOptions search;
  // Called with "reading" or "learning" and a share in [0, 1]; may be empty.
  std::function<void(const char* stage, double share)> progress;
  const StopFlag* stop = nullptr;
};

struct FitModel {
  int layers = 0;
  int hidden = 0;
  std::vector<std::string> scored;  // the untaught task's labels that have a score, in its order
  // Hidden states after these layers, and the untaught decision; one result a text.
  std::function<Result<std::vector<Result<HiddenStates>>>(std::span<const std::string> texts,
                                                          const std::vector<int>& layers)>
      read;
};

struct FitResult {
  LabelledSet set;  // without the rows that failed
  size_t failed = 0;
  std::string first_failure;  // "line 7: ..."
  // What the task said untaught; where that was not asked for, always the commonest label.
  Quality untaught;
  bool untaught_is_commonest = false;
  Quality taught;  // cross-validated
  Difference difference;
  int folds = 0;
  std::vector<CurvePoint> curve;  // of a head
  double strength = 0;            // of a head
  double read_seconds = 0;
  double learn_seconds = 0;
  // One of the two.
  std::optional<LinearHead> head;
  std::vector<ScoreCorrection> corrections;

  bool is_better() const { return difference.value > 0; }
  bool is_surely_better() const { return difference.interval.low > 0; }
};

// Errors: those of the model; kInvalidFile where too few rows are left, or a correction is all that
// can be made and the data lacks one of the task's labels.
Result<FitResult> RunFit(LabelledSet set, const FitModel& model, const FitOptions& options);

}  // namespace yixin
