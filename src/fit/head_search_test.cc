// The search over layers and strengths on states that are made, where the answer is known.
#include "fit/head_search.h"

#include <gtest/gtest.h>

#include <random>

namespace yixin {
namespace {

constexpr size_t kHidden = 12;

// States of three layers: only the layers in `good` know the label, in two of their dimensions.
struct Made {
  LabelledSet set;
  StateTable states;
};

Made Make(size_t rows, const std::vector<bool>& good, double noise, int labels = 2) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal;
  Made made;
  made.states = {{2, 3, 4}, kHidden, {}};
  for (int label = 0; label < labels; ++label) {
    made.set.labels.push_back("label" + std::to_string(label));
  }
  made.set.counts.assign(static_cast<size_t>(labels), 0);
  for (size_t i = 0; i < rows; ++i) {
    const int label = static_cast<int>(i) % labels;
    made.set.texts.push_back("text " + std::to_string(i));
    made.set.classes.push_back(label);
    made.set.groups.push_back(i);
    made.set.lines.push_back(i + 1);
    ++made.set.counts[static_cast<size_t>(label)];
    for (size_t layer = 0; layer < 3; ++layer) {
      for (size_t j = 0; j < kHidden; ++j) {
        const double signal = good[layer] && static_cast<int>(j) == label ? 1 : 0;
        made.states.values.push_back(
            static_cast<float>(100 * signal + noise * 100 * normal(random)));
      }
    }
  }
  return made;
}

TEST(HeadSearch, CandidatesGoFromTheMiddleToTheEnd) {
  EXPECT_EQ(CandidateLayers(24), (std::vector<int>{12, 14, 16, 18, 20, 24}));
  EXPECT_EQ(CandidateLayers(1), (std::vector<int>{1}));
  EXPECT_EQ(CandidateLayers(2), (std::vector<int>{1, 2}));
}

TEST(HeadSearch, FindsTheLayerThatKnows) {
  const Made made = Make(300, {false, true, false}, 0.4);
  const auto fit = SearchHead(made.states, made.set, {});
  ASSERT_TRUE(fit) << fit.error().message;
  EXPECT_EQ(fit->layers, (std::vector<int>{3}));
  EXPECT_EQ(fit->folds, 5);
  EXPECT_GT(fit->quality.accuracy, 0.9);
  EXPECT_LT(fit->quality.calibration_error, 0.1);
  EXPECT_EQ(fit->best.size(), 300u);
  // The model itself, on states as they are.
  size_t right = 0;
  for (size_t row = 0; row < 300; ++row) {
    std::vector<double> scores = fit->model.biases;
    for (size_t label = 0; label < 2; ++label) {
      for (size_t j = 0; j < kHidden; ++j) {
        scores[label] += fit->model.weights[label * kHidden + j] *
                         made.states.values[(row * 3 + 1) * kHidden + j];
      }
    }
    right += Best(scores) == made.set.classes[row] ? 1 : 0;
  }
  EXPECT_GT(right, 270u);
  ASSERT_GE(fit->curve.size(), 3u);
  EXPECT_EQ(fit->curve[0].rows, 50u);
  EXPECT_EQ(fit->curve[0].judged, 300u);
}

TEST(HeadSearch, OfEqualLayersTheOneThatIsFirst) {
  const Made made = Make(200, {true, true, true}, 0.2);
  const auto fit = SearchHead(made.states, made.set, {});
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->layers, (std::vector<int>{2}));
}

TEST(HeadSearch, ChanceIsReportedAsChance) {
  const Made made = Make(400, {false, false, false}, 1);
  const auto fit = SearchHead(made.states, made.set, {});
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->quality.accuracy, 0.5, 0.1);
}

TEST(HeadSearch, TheSameRowsGiveTheSameBits) {
  const Made made = Make(120, {false, true, false}, 0.6, 3);
  const auto a = SearchHead(made.states, made.set, {});
  const auto b = SearchHead(made.states, made.set, {});
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->model.weights, b->model.weights);
  EXPECT_EQ(a->model.biases, b->model.biases);
  EXPECT_EQ(a->strength, b->strength);
  EXPECT_EQ(a->best, b->best);
}

TEST(HeadSearch, StopsWhenItIsTold) {
  const Made made = Make(60, {true, true, true}, 1);
  StopFlag stop;
  stop.Request();
  SearchOptions options;
  options.stop = &stop;
  EXPECT_EQ(SearchHead(made.states, made.set, options).error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace yixin
