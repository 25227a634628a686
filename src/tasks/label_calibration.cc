// Tested by: label_calibration_test.cc
#include "tasks/label_calibration.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace yixin {
namespace {

// Below it a mean of some hundred texts is noise, and dividing by it would let that decide.
constexpr double kLeastPrior = 1e-6;

}  // namespace

std::vector<double> PriorOf(std::span<const std::vector<double>> scores) {
  std::vector<double> prior;
  for (const std::vector<double>& row : scores) {
    prior.resize(row.size());
    const double best = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const double score : row) sum += std::exp(score - best);
    for (size_t i = 0; i < row.size(); ++i) prior[i] += std::exp(row[i] - best) / sum;
  }
  for (double& p : prior) p /= static_cast<double>(scores.size());
  return prior;
}

std::vector<double> LogPrior(std::span<const double> prior) {
  std::vector<double> logs;
  for (const double p : prior) logs.push_back(std::log(std::max(p, kLeastPrior)));
  return logs;
}

Status CheckPrior(std::span<const double> prior, size_t labels) {
  const auto is_probability = [](double p) { return p >= 0 && p <= 1; };
  if (prior.size() == labels && std::all_of(prior.begin(), prior.end(), is_probability)) return {};
  return Error{ErrorCode::kInvalidArgument,
               "prior: expected " + std::to_string(labels) +
                   " probabilities, one a label that is scored, got " +
                   std::to_string(prior.size()) + " numbers",
               "prior"};
}

bool DropForeignCalibration(std::string_view model_fingerprint, TaskSpec& task) {
  if (task.calibration.kind != CalibrationKind::kFitted ||
      task.calibration.model == model_fingerprint) {
    return false;
  }
  task.calibration = {};
  for (TaskLabel& label : task.labels) {
    label.scale = 1;
    label.bias = 0;
  }
  return true;
}

}  // namespace yixin
