#include "tasks/label_calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tasks/label_decision.h"
#include "tasks/model_for_test.h"

namespace yixin {
namespace {

const std::string kFingerprint(64, 'a');
const std::string kFitted = "name = \"t\"\nmode = \"score\"\n[calibration]\nkind = \"fitted\"\n" +
                            ("model = \"" + kFingerprint + "\"\n") +
                            "[[labels]]\nname = \"a\"\nscale = 0.5\nbias = -1\n"
                            "[[labels]]\nname = \"b\"\n";

std::vector<double> Logs(std::vector<double> probabilities) {
  for (double& p : probabilities) p = std::log(p);
  return probabilities;
}

TEST(LabelCalibration, APriorIsTheMeanOfProbabilities) {
  // Raw masses of different size: each text counts the same.
  const std::vector<std::vector<double>> scores{Logs({0.6, 0.2}), Logs({0.0001, 0.0003})};
  const auto prior = PriorOf(scores);
  ASSERT_EQ(prior.size(), 2u);
  EXPECT_NEAR(prior[0], 0.5, 1e-12);
  EXPECT_NEAR(prior[1], 0.5, 1e-12);
  EXPECT_TRUE(PriorOf({}).empty());
  const std::vector<std::vector<double>> tiny{{-9000, -9001}};
  EXPECT_NEAR(PriorOf(tiny)[0], 1 / (1 + std::exp(-1)), 1e-12);
}

TEST(LabelCalibration, WhatThePriorSaysIsTakenOff) {
  const TaskSpec task = ParsedTask(
      "name = \"t\"\nmode = \"score\"\n[[labels]]\nname = \"a\"\n[[labels]]\nname = \"b\"\n");
  const auto scores = Logs({0.3, 0.2});
  EXPECT_EQ(DecideLabel(task, scores, {}, false).label, "a");
  const auto d = DecideLabel(task, scores, LogPrior(std::vector{0.75, 0.25}), false);
  EXPECT_EQ(d.label, "b");
  EXPECT_NEAR(d.probs[1].second, (0.2 / 0.25) / (0.2 / 0.25 + 0.3 / 0.75), 1e-12);
  EXPECT_NEAR(d.label_mass, 0.5, 1e-12) << "the raw one";
}

TEST(LabelCalibration, ALabelThatNeverCameIsBounded) {
  for (const double log : LogPrior(std::vector<double>{1, 0, 1e-300})) {
    EXPECT_TRUE(std::isfinite(log));
    EXPECT_GT(log, -14);
  }
}

TEST(LabelCalibration, PriorsAreChecked) {
  EXPECT_TRUE(CheckPrior(std::vector<double>{0.5, 0.5}, 2));
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const std::vector<double>& wrong :
       std::vector<std::vector<double>>{{1.0}, {0.2, 0.3, 0.5}, {-0.1, 1}, {kNan, 1}, {0.5, 1.5}}) {
    const Status status = CheckPrior(wrong, 2);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(LabelCalibration, FittedOfThisModel) {
  TaskSpec task = ParsedTask(kFitted);
  EXPECT_FALSE(DropForeignCalibration(kFingerprint, task));
  // 0.5 * log(0.36) - 1 against log(0.2)
  const auto d = DecideLabel(task, Logs({0.36, 0.2}), {}, false);
  EXPECT_NEAR(d.probs[0].second, 0.6 / std::exp(1) / (0.6 / std::exp(1) + 0.2), 1e-12);
}

TEST(LabelCalibration, FittedOfAnotherModelIsNotUsed) {
  TaskSpec task = ParsedTask(kFitted);
  EXPECT_TRUE(DropForeignCalibration(std::string(64, 'b'), task));
  EXPECT_EQ(task.labels[0].scale, 1);
  EXPECT_EQ(task.labels[0].bias, 0);
  EXPECT_EQ(task.calibration.kind, CalibrationKind::kNone);
  TaskSpec own = ParsedTask(
      "name = \"t\"\nmode = \"score\"\n[[labels]]\nname = \"a\"\nbias = 2\n"
      "[[labels]]\nname = \"b\"\n");
  EXPECT_FALSE(DropForeignCalibration(kFingerprint, own));
  EXPECT_EQ(own.labels[0].bias, 2) << "a bias of no model in particular stays";
}

}  // namespace
}  // namespace yixin
