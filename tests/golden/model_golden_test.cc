// The decoder on real weights against transformers in float32 on the same, dequantized weights.
// The reference kernels must agree; every fast table must stay within the KL that the project
// promises. Reference results are computed once and shared, for they take most of the time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "kernels/registry.h"
#include "support/real_model.h"

namespace yixin {
namespace {

using Json = nlohmann::json;

struct GoldenModel {
  const char* name;
  const char* environment;
  const char* golden;
  // The bar for a fast table's mean KL. Qwen's is the project's promise; SmolLM2's blocks of 64
  // make it worse (docs/numerics.md), and the bar keeps it from becoming worse still.
  double max_kl;
  // Where greedy text leaves float32's: how far apart float32's own logits of the two tokens may
  // be. Three deviations of a logit's error.
  double max_gap;
};

constexpr GoldenModel kModels[] = {
    {"qwen", "YIXIN_TEST_QWEN_GGUF", "logits-qwen2.5-coder-0.5b-q4_k_m.json", 0.002, 0.25},
    {"smollm", "YIXIN_TEST_SMOLLM_GGUF", "logits-smollm2-135m-q4_1.json", 0.008, 0.5}};

Json ReadGolden(const GoldenModel& golden) {
  std::ifstream file(std::string(YIXIN_SOURCE_DIR) + "/tests/golden/" + golden.golden);
  return Json::parse(file);
}

std::unique_ptr<Model> LoadModel(const GoldenModel& golden, const KernelTable& kernels) {
  auto file = OpenRealModel(golden.environment);
  if (!file) return nullptr;
  ThreadPool pool(DefaultThreadCount());
  auto model = Model::Load(*std::move(file), kernels, pool, {});
  if (!model) ADD_FAILURE() << model.error().message;
  return model ? *std::move(model) : nullptr;
}

// Appends tokens and returns the log-probabilities that follow the last one.
std::vector<float> LogProbabilities(Engine& engine, KvSequence& sequence,
                                    std::span<const int32_t> tokens) {
  const Step step{&sequence, tokens, static_cast<int>(tokens.size()) - 1};
  const auto hidden = engine.Forward({&step, 1});
  EXPECT_TRUE(hidden);
  std::vector<float> logits(static_cast<size_t>(engine.model().config().vocabulary));
  EXPECT_TRUE(engine.Logits(*hidden, logits));
  const float normalizer = engine.LogSumExp(logits);
  for (float& logit : logits) logit -= normalizer;
  return logits;
}

int32_t Likeliest(std::span<const float> scores) {
  return static_cast<int32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

struct Continuation {
  double top20_error = 0;  // the largest difference of a log-probability
  std::vector<int32_t> greedy;
};

Continuation RunCase(Engine& engine, const Json& golden) {
  const auto ids = golden["ids"].get<std::vector<int32_t>>();
  const auto expected = golden["greedy"].get<std::vector<int32_t>>();
  Continuation result;
  KvSequence sequence = engine.NewSequence();
  std::vector<float> next = LogProbabilities(engine, sequence, ids);
  for (const Json& entry : golden["top20"]) {
    const double error = next[entry[0].get<size_t>()] - entry[1].get<double>();
    result.top20_error = std::max(result.top20_error, std::fabs(error));
  }
  while (result.greedy.size() < expected.size()) {
    const int32_t id = Likeliest(next);
    result.greedy.push_back(id);
    if (result.greedy.size() < expected.size()) {
      next = LogProbabilities(engine, sequence, {&id, 1});
    }
  }
  return result;
}

// float32's gap between two ids after the case's prompt and the ids that both runs share.
double ReferenceGap(Engine& reference, const Json& golden, size_t shared, int32_t a, int32_t b) {
  auto ids = golden["ids"].get<std::vector<int32_t>>();
  const auto greedy = golden["greedy"].get<std::vector<int32_t>>();
  ids.insert(ids.end(), greedy.begin(), greedy.begin() + static_cast<ptrdiff_t>(shared));
  KvSequence sequence = reference.NewSequence();
  const auto next = LogProbabilities(reference, sequence, ids);
  return std::fabs(next[static_cast<size_t>(a)] - next[static_cast<size_t>(b)]);
}

struct TextScore {
  double mean_nll = 0;
  double mean_kl = 0;
  double top1_agreement = 0;
  std::vector<float> hidden;  // [tokens, hidden]
};

// The divergence over the golden ids and the rest taken together.
double Divergence(const Json& golden, std::span<const float> log_probabilities) {
  const auto ids = golden["ids"].get<std::vector<size_t>>();
  const auto expected = golden["logprob"].get<std::vector<double>>();
  double divergence = 0;
  double golden_rest = 1;
  double rest = 1;
  for (size_t i = 0; i < ids.size(); ++i) {
    const double p = std::exp(expected[i]);
    divergence += p * (expected[i] - log_probabilities[ids[i]]);
    golden_rest -= p;
    rest -= std::exp(static_cast<double>(log_probabilities[ids[i]]));
  }
  golden_rest = std::max(golden_rest, 1e-12);
  return divergence + golden_rest * std::log(golden_rest / std::max(rest, 1e-12));
}

TextScore ScoreText(Engine& engine, const Json& golden) {
  const auto ids = golden["ids"].get<std::vector<int32_t>>();
  KvSequence sequence = engine.NewSequence();
  const Step step{&sequence, ids, 0};
  TextScore score;
  score.hidden = *engine.Forward({&step, 1});
  const auto width = static_cast<size_t>(engine.model().config().hidden);
  std::map<size_t, const Json*> tops;
  for (const Json& entry : golden["top64"]) tops[entry["pos"].get<size_t>()] = &entry;
  // Several positions a pass over the head, which is the larger part of the work otherwise.
  constexpr size_t kRows = 32;
  const auto vocabulary = static_cast<size_t>(engine.model().config().vocabulary);
  std::vector<float> rows(kRows * vocabulary);
  for (size_t i = 0; i < ids.size(); ++i) {
    if (i % kRows == 0) {
      const size_t count = std::min(kRows, ids.size() - i);
      EXPECT_TRUE(engine.Logits(std::span(score.hidden).subspan(i * width, count * width), rows));
    }
    const std::span<float> logits(&rows[i % kRows * vocabulary], vocabulary);
    const float normalizer = engine.LogSumExp(logits);
    for (float& logit : logits) logit -= normalizer;
    if (i + 1 < ids.size()) score.mean_nll -= logits[static_cast<size_t>(ids[i + 1])];
    if (const auto top = tops.find(i); top != tops.end()) {
      score.mean_kl += Divergence(*top->second, logits);
      score.top1_agreement += Likeliest(logits) == (*top->second)["ids"][0].get<int32_t>() ? 1 : 0;
    }
  }
  score.mean_nll /= static_cast<double>(ids.size() - 1);
  score.mean_kl /= static_cast<double>(tops.size());
  score.top1_agreement /= static_cast<double>(tops.size());
  return score;
}

class ModelGolden : public testing::TestWithParam<GoldenModel> {};

TEST_P(ModelGolden, ReferenceAgreesAndFastTablesStayClose) {
  const Json golden = ReadGolden(GetParam());
  const auto reference_model = LoadModel(GetParam(), **SelectKernels("reference"));
  ASSERT_NE(reference_model, nullptr);
  Engine reference(*reference_model, {});

  for (const Json& entry : golden["cases"]) {
    const Continuation result = RunCase(reference, entry);
    EXPECT_LE(result.top20_error, 0.01) << entry["name"];
    EXPECT_EQ(result.greedy, entry["greedy"].get<std::vector<int32_t>>()) << entry["name"];
  }
  const TextScore exact = ScoreText(reference, golden["text"]);
  EXPECT_NEAR(exact.mean_nll, golden["text"]["mean_nll"].get<double>(), 0.001);
  EXPECT_LT(exact.mean_kl, 1e-4);

  for (const KernelChoice& choice : KernelTables()) {
    if (choice.table->form == NumericForm::kFloat32) continue;
    if (!choice.usable) {
      std::cerr << "[ NOT TESTED ] kernels " << choice.table->name << ": this CPU lacks one of "
                << choice.needs << "\n";
      continue;
    }
    SCOPED_TRACE(choice.table->name);
    const auto model = LoadModel(GetParam(), *choice.table);
    ASSERT_NE(model, nullptr);
    Engine engine(*model, {});
    const TextScore score = ScoreText(engine, golden["text"]);
    std::cerr << GetParam().name << " " << choice.table->name << ": mean KL " << score.mean_kl
              << ", top-1 agreement " << score.top1_agreement << ", mean NLL " << score.mean_nll
              << " (float32 " << exact.mean_nll << ")\n";
    EXPECT_LE(score.mean_kl, GetParam().max_kl);

    for (const Json& entry : golden["cases"]) {
      const auto expected = entry["greedy"].get<std::vector<int32_t>>();
      const Continuation result = RunCase(engine, entry);
      const std::string name = entry["name"];
      const auto [got, want] = std::ranges::mismatch(result.greedy, expected);
      if (got == result.greedy.end()) continue;
      if (std::string_view(GetParam().name) == "qwen") {
        EXPECT_FALSE(name.starts_with("sentiment")) << name << ": greedy text differs";
      }
      const auto shared = static_cast<size_t>(want - expected.begin());
      EXPECT_LE(ReferenceGap(reference, entry, shared, *got, *want), GetParam().max_gap) << name;
    }

    // The same text a token a pass gives the same bits as many tokens a pass.
    const auto ids = golden["text"]["ids"].get<std::vector<int32_t>>();
    KvSequence sequence = engine.NewSequence();
    std::vector<float> decoded;
    for (size_t i = 0; i < 64; ++i) {
      const Step step{&sequence, std::span(ids).subspan(i, 1), 0};
      const auto hidden = engine.Forward({&step, 1});
      ASSERT_TRUE(hidden);
      decoded.insert(decoded.end(), hidden->begin(), hidden->end());
    }
    EXPECT_TRUE(std::equal(decoded.begin(), decoded.end(), score.hidden.begin()));
  }
}

INSTANTIATE_TEST_SUITE_P(Models, ModelGolden, testing::ValuesIn(kModels),
                         [](const auto& model) { return std::string(model.param.name); });

}  // namespace
}  // namespace yixin
