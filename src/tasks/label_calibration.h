// What is taken off label scores before they are compared: how likely the prompt makes a label that
// has no reason. Estimated from texts that say nothing (Zhao et al. 2021, "Calibrate Before Use:
// Improving Few-Shot Performance of Language Models") or from many texts (Zhou et al. 2023, "Batch
// Calibration: Rethinking Calibration for In-Context Learning and Prompt Engineering").
// Tested by: label_calibration_test.cc
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tasks/task_spec.h"
#include "yixin/result.h"

namespace yixin {

// The mean over texts of the softmax of their scores: the labels' prior.
// In: scores [texts][labels], raw: without scale and bias. Out: [labels]; empty for no texts.
std::vector<double> PriorOf(std::span<const std::vector<double>> scores);

// log(prior), bounded from below: of a label that was never likely little is known.
std::vector<double> LogPrior(std::span<const double> prior);

// Errors: kInvalidArgument where the prior has not `labels` probabilities.
Status CheckPrior(std::span<const double> prior, size_t labels);

// The labels' scale and bias of kind fitted hold for one model alone. For another one they are
// taken back to 1 and 0. Out: whether that was done.
bool DropForeignCalibration(std::string_view model_fingerprint, TaskSpec& task);

}  // namespace yixin
