// What each filter leaves, in which order they work, and that draws follow the probabilities.
#include "engine/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <string>

namespace yixin {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

SamplingOptions Open() {
  SamplingOptions options;
  options.temperature = 1;
  options.top_p = 1;
  return options;
}

// How often each id comes in `draws` draws at positions 0, 1, ...
std::map<int32_t, int> Histogram(const SamplingOptions& options, const std::vector<float>& logits,
                                 int draws = 20000, const std::vector<int32_t>& generated = {},
                                 const std::vector<int32_t>& exempt = {}) {
  Sampler sampler(options, exempt);
  std::map<int32_t, int> counts;
  for (int i = 0; i < draws; ++i) {
    std::vector<float> copy = logits;
    ++counts[sampler.Sample(copy, generated, static_cast<uint64_t>(i))];
  }
  return counts;
}

std::vector<float> LogOf(const std::vector<double>& probabilities) {
  std::vector<float> logits;
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p)));
  return logits;
}

// Pearson's statistic against the expected probabilities.
double ChiSquare(const std::map<int32_t, int>& counts, const std::vector<double>& expected,
                 int draws = 20000) {
  double sum = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto found = counts.find(static_cast<int32_t>(i));
    const double seen = found == counts.end() ? 0 : found->second;
    const double want = expected[i] * draws;
    if (want == 0) {
      EXPECT_EQ(seen, 0) << "id " << i;
    } else {
      sum += (seen - want) * (seen - want) / want;
    }
  }
  return sum;
}

TEST(Sampler, DrawsFollowTheProbabilities) {
  const std::vector<double> p = {0.1, 0.4, 0.25, 0.05, 0.2};
  for (const uint64_t seed : {0, 1, 77}) {
    SamplingOptions options = Open();
    options.seed = seed;
    // 99.9 % of fair samples lie below 18.5 (four degrees of freedom).
    EXPECT_LT(ChiSquare(Histogram(options, LogOf(p)), p), 18.5) << "seed " << seed;
  }
}

TEST(Sampler, TheLargestAreThoseOfASort) {
  std::mt19937 random(3);
  for (const size_t size : {1, 15, 127, 128, 129, 1000, 5000}) {
    std::vector<float> logits(size);
    // Few different values: ties everywhere.
    for (float& logit : logits) logit = static_cast<float>(random() % 50) - 25;
    for (size_t i = 7; i < size; i += 90) logits[i] = i % 180 == 7 ? kNan : -kInfinity;
    logits[size / 2] = kInfinity;
    std::vector<int32_t> sorted;
    for (size_t i = 0; i < size; ++i) {
      if (!std::isnan(logits[i])) sorted.push_back(static_cast<int32_t>(i));
    }
    std::ranges::stable_sort(sorted, std::greater<>(),
                             [&](int32_t id) { return logits[static_cast<size_t>(id)]; });
    for (const size_t count : {0, 1, 2, 20, 255, 256, 257, 4000}) {
      const auto first = sorted.begin() + static_cast<ptrdiff_t>(std::min(count, sorted.size()));
      EXPECT_EQ(LargestIds(logits, count), std::vector<int32_t>(sorted.begin(), first))
          << size << " " << count;
    }
  }
}

TEST(Sampler, TemperatureFlattensOrSharpens) {
  SamplingOptions options = Open();
  options.temperature = 0.5f;
  // p^2, normalised.
  const double sum = 0.01 + 0.16 + 0.25;
  EXPECT_LT(
      ChiSquare(Histogram(options, LogOf({0.1, 0.4, 0.5})), {0.01 / sum, 0.16 / sum, 0.25 / sum}),
      13.8);
  options.temperature = 1e-30f;
  EXPECT_EQ(Histogram(options, {1, 2, 2, 0}, 200).count(0), 0u);
}

TEST(Sampler, GreedyTakesTheLowestIdAmongEquals) {
  SamplingOptions options = Open();
  options.temperature = 0;
  EXPECT_EQ(Histogram(options, {1, 3, 2, 3}, 5), (std::map<int32_t, int>{{1, 5}}));
}

TEST(Sampler, TopKKeepsTheBestAndBreaksTiesById) {
  SamplingOptions options = Open();
  options.top_k = 2;
  EXPECT_LT(ChiSquare(Histogram(options, {0, 5, 5, 5}), {0, 0.5, 0.5, 0}), 10.8);
  options.top_k = 100;
  EXPECT_EQ(Histogram(options, {0, 0, 0}).size(), 3u);
}

TEST(Sampler, TopPKeepsTheOneThatCrossesTheLine) {
  SamplingOptions options = Open();
  const auto logits = LogOf({0.05, 0.5, 0.3, 0.15});
  options.top_p = 0.75f;
  EXPECT_LT(ChiSquare(Histogram(options, logits), {0, 0.5 / 0.8, 0.3 / 0.8, 0}), 10.8);
  options.top_p = 0.85f;
  EXPECT_LT(ChiSquare(Histogram(options, logits), {0, 0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95}), 13.8);
  options.top_p = 0.01f;
  EXPECT_EQ(Histogram(options, logits, 50), (std::map<int32_t, int>{{1, 50}}));
}

TEST(Sampler, MinPIsRelativeToTheBest) {
  SamplingOptions options = Open();
  options.min_p = 0.5f;
  EXPECT_LT(ChiSquare(Histogram(options, LogOf({0.5, 0.26, 0.24})), {0.5 / 0.76, 0.26 / 0.76, 0}),
            10.8);
  options.min_p = 1;
  EXPECT_EQ(Histogram(options, {1, 2, 2}, 2000).count(0), 0u);
}

// Temperature before top-p: the nucleus is that of the flattened distribution.
TEST(Sampler, FiltersWorkInTheDocumentedOrder) {
  SamplingOptions options = Open();
  const auto logits = LogOf({0.7, 0.2, 0.1});
  options.top_p = 0.69f;
  EXPECT_EQ(Histogram(options, logits, 500).size(), 1u);
  options.temperature = 4;
  EXPECT_EQ(Histogram(options, logits, 500).size(), 2u);
  // top-k before top-p: of the two that are left the first has 0.78.
  options = Open();
  options.top_k = 2;
  options.top_p = 0.75f;
  EXPECT_EQ(Histogram(options, logits, 500).size(), 1u);
  // Penalties before everything: the best falls out of top-k.
  options.repeat_penalty = 100;
  const auto counts = Histogram(options, logits, 500, {0});
  EXPECT_EQ(counts.count(0), 0u);
}

TEST(Sampler, PenaltiesTouchTheReplyAndNotTheExempt) {
  SamplingOptions options = Open();
  options.temperature = 0;
  options.repeat_penalty = 2;
  const auto pick = [&](std::vector<float> logits, const std::vector<int32_t>& generated,
                        const std::vector<int32_t>& exempt) {
    return Sampler(options, exempt).Sample(logits, generated, 0);
  };
  EXPECT_EQ(pick({4, 3, 1}, {}, {}), 0);
  EXPECT_EQ(pick({4, 3, 1}, {0}, {}), 1) << "a positive logit is divided";
  EXPECT_EQ(pick({4, 3, 1}, {0}, {0}), 0);
  EXPECT_EQ(pick({-1, -1.5f, -9}, {0}, {}), 1) << "a negative one is multiplied";
  EXPECT_EQ(pick({4, 3, 1}, {0, 0, 0}, {}), 1) << "once, however often it came";
  options.repeat_penalty = 1;
  options.presence_penalty = 0.75f;
  EXPECT_EQ(pick({4, 3, 1}, {0, 0}, {}), 0);
  options.presence_penalty = 1.25f;
  EXPECT_EQ(pick({4, 3, 1}, {0, 0}, {}), 1);
  options.presence_penalty = 0;
  options.frequency_penalty = 0.75f;
  EXPECT_EQ(pick({4, 3, 1}, {0}, {}), 0);
  EXPECT_EQ(pick({4, 3, 1}, {0, 0}, {}), 1) << "each time counts";
  EXPECT_EQ(pick({4, 3, 1}, {-7, 3, 1000000}, {}), 0) << "foreign ids are nobody's";
}

TEST(Sampler, ADrawDependsOnSeedAndPositionAlone) {
  SamplingOptions options = Open();
  const std::vector<float> logits(1000, 0.0f);
  const auto draw = [&](Sampler& sampler, uint64_t position) {
    std::vector<float> copy = logits;
    return sampler.Sample(copy, {}, position);
  };
  Sampler first(options, {});
  Sampler second(options, {});
  draw(second, 3);
  EXPECT_EQ(draw(first, 9), draw(second, 9));
  EXPECT_NE(draw(first, 9), draw(first, 10));
  EXPECT_NE(draw(first, 9), draw(first, 9 + (uint64_t{1} << 32)));
  options.seed = uint64_t{1} << 40;
  Sampler other(options, {});
  EXPECT_NE(draw(first, 9), draw(other, 9));
}

// The known answers of Philox4x32-10, seen through draws: counter and key zero give 6627e8d5
// e169c58d, so the first of 2^16 equal candidates is 0xe169.
TEST(Sampler, TheGeneratorIsPhilox) {
  const std::vector<float> logits(1 << 16, 1.0f);
  std::vector<float> copy = logits;
  EXPECT_EQ(Sampler(Open(), {}).Sample(copy, {}, 0), 0xe169);
}

TEST(Sampler, AWholeVocabularyOfNearEquals) {
  std::vector<float> logits(151936);
  for (size_t i = 0; i < logits.size(); ++i) {
    logits[i] = std::sin(static_cast<float>(i)) * 1e-3f;
  }
  SamplingOptions options = Open();
  options.top_p = 0.9f;
  const auto counts = Histogram(options, logits, 20);
  EXPECT_GT(counts.size(), 15u);
}

TEST(Sampler, NanAndInfinityAreSurvived) {
  SamplingOptions options = Open();
  EXPECT_EQ(Histogram(options, {kNan, 1, kNan}, 50), (std::map<int32_t, int>{{1, 50}}));
  EXPECT_EQ(Histogram(options, {0, kInfinity, 3}, 50), (std::map<int32_t, int>{{1, 50}}));
  EXPECT_EQ(Histogram(options, {-kInfinity, 1, 1}, 50).count(0), 0u);
  EXPECT_EQ(Histogram(options, {kNan, kNan}, 50), (std::map<int32_t, int>{{0, 50}}));
  EXPECT_EQ(ArgMax(std::vector<float>{kNan, -kInfinity, 2, 2}), 2);
  EXPECT_EQ(ArgMax(std::vector<float>{kNan}), 0);
  EXPECT_EQ(ArgMax(std::vector<float>{kNan, -kInfinity}), 0);
}

TEST(Sampler, ArgMaxIsTheFirstOfTheLargest) {
  for (const size_t n : {1u, 15u, 17u, 511u, 512u, 513u, 1100u}) {
    for (size_t first = 0; first < n; first += 1 + n / 40) {
      std::vector<float> logits(n);
      for (size_t i = 0; i < n; ++i) logits[i] = -1.0f - static_cast<float>(i % 7);
      logits[first] = 3.0f;
      logits[n - 1] = 3.0f;
      if (first > 0) logits[first - 1] = kNan;
      EXPECT_EQ(ArgMax(logits), static_cast<int32_t>(first)) << n;
    }
  }
}

TEST(SamplingOptionsCheck, NamesTheField) {
  EXPECT_TRUE(ValidateSamplingOptions({}));
  const auto refused = [](auto change) {
    SamplingOptions options;
    change(options);
    const auto status = ValidateSamplingOptions(options);
    EXPECT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    return status.error().subject;
  };
  EXPECT_EQ(refused([](auto& o) { o.temperature = kNan; }), "temperature");
  EXPECT_EQ(refused([](auto& o) { o.temperature = -0.1f; }), "temperature");
  EXPECT_EQ(refused([](auto& o) { o.temperature = kInfinity; }), "temperature");
  EXPECT_EQ(refused([](auto& o) { o.top_k = -1; }), "top_k");
  EXPECT_EQ(refused([](auto& o) { o.top_p = 2; }), "top_p");
  EXPECT_EQ(refused([](auto& o) { o.top_p = 0; }), "top_p");
  EXPECT_EQ(refused([](auto& o) { o.min_p = 1.5f; }), "min_p");
  EXPECT_EQ(refused([](auto& o) { o.repeat_penalty = 0; }), "repeat_penalty");
  EXPECT_EQ(refused([](auto& o) { o.presence_penalty = kInfinity; }), "presence_penalty");
  EXPECT_EQ(refused([](auto& o) { o.frequency_penalty = kNan; }), "frequency_penalty");
}

}  // namespace
}  // namespace yixin
