// Teaching with a model that is a function: what comes back, what is refused.
#include "fit/fit_run.h"

#include <gtest/gtest.h>

#include <cmath>

namespace yixin {
namespace {

// A text is "good 12" or "bad 7". Hidden states of any layer hold the label in one of four numbers;
// the untaught decision is wrong where the number divides by four, always for the second label.
struct FakeModel {
  std::vector<std::string> scored = {"good", "bad"};
  size_t asked = 0;

  FitModel Model() {
    return {.layers = 12,
            .hidden = 4,
            .scored = scored,
            .read = [this](std::span<const std::string> texts, const std::vector<int>& layers) {
              return Read(texts, layers);
            }};
  }

  Result<std::vector<Result<HiddenStates>>> Read(std::span<const std::string> texts,
                                                 const std::vector<int>& layers) {
    std::vector<Result<HiddenStates>> results;
    for (const std::string& text : texts) {
      ++asked;
      if (text.find("long") != std::string::npos) {
        results.emplace_back(Error{ErrorCode::kInvalidText, "too long", "text"});
        continue;
      }
      const bool good = text.rfind("good", 0) == 0;
      const int number = std::stoi(text.substr(text.find(' ')));
      HiddenStates states;
      for (size_t i = 0; i < layers.size(); ++i) {
        for (const double value : {good ? 1.0 : -1.0, std::sin(number), std::cos(number), 0.5}) {
          states.states.push_back(static_cast<float>(value));
        }
      }
      // Leans to "good" by 2; every fourth text by 2 more.
      const double lean = (good ? 1 : -1) + 2 + (number % 4 == 0 ? 2 : 0);
      states.scores = {lean, 0};
      const double p = 1 / (1 + std::exp(-lean));
      states.untaught.label = p > 0.5 ? "good" : "bad";
      states.untaught.probs = {{"good", p}, {"bad", 1 - p}};
      results.emplace_back(std::move(states));
    }
    return results;
  }
};

LabelledSet Set(size_t rows, const std::vector<std::string>& more = {}) {
  std::vector<LabelledRow> data;
  for (size_t i = 0; i < rows; ++i) {
    const std::string label = i % 2 == 0 ? "good" : "bad";
    data.push_back({label + " " + std::to_string(i), label, i + 1});
  }
  for (const std::string& text : more) data.push_back({text, text.substr(0, text.find(' ')), 999});
  const std::vector<std::string> known = {"good", "bad"};
  auto set = CheckRows(data, known, {});
  EXPECT_TRUE(set) << set.error().message;
  return *std::move(set);
}

TEST(FitRun, AHeadIsBetterThanUntaught) {
  FakeModel fake;
  std::vector<std::string> stages;
  FitOptions options;
  options.progress = [&](const char* stage, double share) {
    if (stages.empty() || stages.back() != stage) stages.emplace_back(stage);
    EXPECT_GE(share, 0);
    EXPECT_LE(share, 1);
  };
  const auto result = RunFit(Set(200, {"good 8", "good long"}), fake.Model(), options);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(fake.asked, 201u) << "a text that is there twice is asked once";
  EXPECT_EQ(result->failed, 1u);
  EXPECT_EQ(result->first_failure, "line 999: too long");
  EXPECT_EQ(result->set.size(), 201u);
  EXPECT_NEAR(result->untaught.accuracy, 0.5, 0.01);
  EXPECT_EQ(result->taught.accuracy, 1);
  EXPECT_NEAR(result->difference.value, 0.5, 0.01);
  EXPECT_TRUE(result->is_better());
  EXPECT_TRUE(result->is_surely_better());
  ASSERT_TRUE(result->head);
  EXPECT_EQ(result->head->labels, (std::vector<std::string>{"good", "bad"}));
  EXPECT_EQ(result->head->layers, (std::vector<int>{6})) << "the first of equals";
  EXPECT_EQ(result->head->weights.size(), 2u * 4);
  EXPECT_EQ(stages, (std::vector<std::string>{"reading", "learning"}));
}

TEST(FitRun, OfFewRowsTheScoresAreCorrected) {
  FakeModel fake;
  const auto result = RunFit(Set(40), fake.Model(), {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(result->head);
  ASSERT_EQ(result->corrections.size(), 2u);
  EXPECT_LT(result->corrections[0].bias, result->corrections[1].bias) << "against the lean";
  EXPECT_EQ(result->corrections[0].scale, result->corrections[1].scale);
  EXPECT_GT(result->taught.accuracy, result->untaught.accuracy);
  fake.scored = {"good", "bad", "neutral"};
  const auto lacking = RunFit(Set(40), fake.Model(), {});
  ASSERT_FALSE(lacking);
  EXPECT_NE(lacking.error().message.find("none with the task's label neutral"), std::string::npos);
  EXPECT_TRUE(RunFit(Set(60), fake.Model(), {})) << "a head has the data's labels";
}

TEST(FitRun, WithoutAnUntaughtDecisionItIsTheCommonestLabel) {
  FakeModel fake;
  FitModel model = fake.Model();
  model.read = [&](std::span<const std::string> texts, const std::vector<int>& layers) {
    auto results = fake.Read(texts, layers);
    for (auto& result : *results) result->untaught = {};
    return results;
  };
  const auto result = RunFit(Set(101), model, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->untaught_is_commonest);
  EXPECT_EQ(result->untaught.right, 51u);
  EXPECT_EQ(result->taught.right, 101u);
}

TEST(FitRun, TheModelsErrorsAreTheRuns) {
  FitModel broken = FakeModel().Model();
  broken.read = [](auto, const auto&) -> Result<std::vector<Result<HiddenStates>>> {
    return Error{ErrorCode::kCancelled, "stopped on request", ""};
  };
  EXPECT_EQ(RunFit(Set(60), broken, {}).error().code, ErrorCode::kCancelled);
  broken.read = [](std::span<const std::string> texts, const auto&) {
    return Result<std::vector<Result<HiddenStates>>>(std::vector<Result<HiddenStates>>(
        texts.size(), Error{ErrorCode::kInvalidText, "too long", "text"}));
  };
  const auto nothing = RunFit(Set(60), broken, {});
  ASSERT_FALSE(nothing);
  EXPECT_NE(nothing.error().message.find("60 rows cannot be read"), std::string::npos);
}

}  // namespace
}  // namespace yixin
