// A task that is taught a head by hand, through the library alone, and what becomes of it
// elsewhere.
#include "yixin/teach.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "api/tiny_model_file_test.h"
#include "yixin/assistant.h"

namespace yixin {
namespace {

const std::vector<std::string> kTexts = {"今天真好", "hello", "  ", "难吃",
                                         "a longer text of words"};

Assistant Open(const TinyModelFile& file, const std::string& kernels = "") {
  auto assistant = Assistant::Open(
      {.model_path = file.path(), .share_path = SourceShare(), .kernels = kernels, .threads = 1});
  EXPECT_TRUE(assistant) << assistant.error().message;
  return *std::move(assistant);
}

// Weights that mean nothing, and the same nothing everywhere.
LinearHead SomeHead() {
  LinearHead head{{"正面", "负面", "中性"}, {1}, {}, {0.1f, 0, -0.1f}};
  for (int i = 0; i < 3 * 64; ++i) head.weights.push_back(static_cast<float>(i % 5 - 2) / 4);
  return head;
}

TaughtTask Taught(const Assistant& assistant) {
  auto taught = assistant.Teach({.task = "sentiment.zh",
                                 .name = "mine",
                                 .title = "",
                                 .comments = {},
                                 .head = SomeHead(),
                                 .head_file = "mine.head",
                                 .corrections = {}});
  EXPECT_TRUE(taught) << taught.error().message;
  return *std::move(taught);
}

TEST(Teach, StatesComeWithTheUntaughtDecision) {
  const TinyModelFile file;
  Assistant assistant = Open(file);
  const auto both = assistant.ReadStates(kTexts, {.task = "sentiment.zh", .layers = {1, 2}});
  const auto alone =
      assistant.ReadStates(kTexts, {.task = "sentiment.zh", .layers = {1, 2}, .untaught = false});
  const auto decisions = assistant.ClassifyBatch(kTexts, {});
  ASSERT_TRUE(both && alone && decisions) << both.error().message;
  for (size_t i = 0; i < kTexts.size(); ++i) {
    ASSERT_EQ((*both)[i].has_value(), (*decisions)[i].has_value());
    if (!(*both)[i]) continue;
    EXPECT_EQ((*both)[i]->states.size(), 2u * 64);
    EXPECT_EQ((*both)[i]->states, (*alone)[i]->states);
    EXPECT_EQ((*both)[i]->untaught.label, (*decisions)[i]->label);
    EXPECT_EQ((*both)[i]->untaught.probs, (*decisions)[i]->probs);
    EXPECT_TRUE((*alone)[i]->untaught.label.empty());
  }
  EXPECT_EQ(assistant.ReadStates(kTexts, {.task = "sentiment.zh", .layers = {3}}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(assistant.ReadStates(kTexts, {.task = "nobody", .layers = {1}}).error().code,
            ErrorCode::kNotFound);
}

TEST(Teach, ATaughtTaskIsATaskLikeAnyOther) {
  const TinyModelFile file;
  Assistant assistant = Open(file);
  const TaughtTask taught = Taught(assistant);
  file.Write("mine.head", taught.head);
  const std::string path = file.Write("mine.task.toml", taught.task);
  const auto results = assistant.ClassifyBatch(kTexts, {.task = path});
  ASSERT_TRUE(results) << results.error().message;
  const auto states =
      assistant.ReadStates(kTexts, {.task = path, .layers = {1}, .untaught = false});
  ASSERT_TRUE(states);
  const LinearHead head = SomeHead();
  for (size_t i = 0; i < kTexts.size(); ++i) {
    ASSERT_EQ((*results)[i].has_value(), i != 2);
    if (i == 2) continue;
    const Classification& mood = *(*results)[i];
    EXPECT_EQ(mood.score_kind, "head");
    EXPECT_EQ(mood.task, "mine");
    EXPECT_TRUE(std::isnan(mood.label_mass));
    double sum = 0;
    std::vector<double> expected;
    for (size_t label = 0; label < 3; ++label) {
      double score = head.biases[label];
      for (size_t j = 0; j < 64; ++j) {
        score += double{head.weights[label * 64 + j]} * (*states)[i]->states[j];
      }
      expected.push_back(std::exp(score));
      sum += expected.back();
    }
    for (size_t label = 0; label < 3; ++label) {
      EXPECT_NEAR(mood.probs[label].second, expected[label] / sum, 1e-9);
    }
    EXPECT_EQ(assistant.Classify(kTexts[i], {.task = path})->probs, mood.probs) << "alone";
  }
  const auto facts = assistant.DescribeTask(path);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->scored, (std::vector<std::string>{"正面", "负面", "中性"}));
  EXPECT_EQ(facts->note, "");
  // Another kernel table has other bits, and the head all the same.
  Assistant reference = Open(file, "reference");
  EXPECT_TRUE(reference.Classify("今天真好", {.task = path}));
}

TEST(Teach, AHeadForAnotherModelOrPromptIsAnErrorThatSaysWhatToDo) {
  const TinyModelFile file;
  const TinyModelFile other({.seed = 2});
  Assistant assistant = Open(file);
  TaughtTask taught = Taught(assistant);
  other.Write("mine.head", taught.head);
  const std::string path = other.Write("mine.task.toml", taught.task);
  Assistant stranger = Open(other);
  const auto refused = stranger.Classify("hello", {.task = path});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(refused.error().message.find("fitted on another model"), std::string::npos);
  EXPECT_NE(refused.error().message.find("fit the task again"), std::string::npos);
  EXPECT_FALSE(stranger.DescribeTask(path));
  EXPECT_EQ(stranger.DescribeUntaught(path)->scored.size(), 3u);
  // It can be taught again there, from the same file.
  EXPECT_TRUE(stranger.ReadStates(kTexts, {.task = path, .layers = {1}}));
  const auto again = stranger.Teach({.task = path,
                                     .name = "mine",
                                     .title = "",
                                     .comments = {},
                                     .head = SomeHead(),
                                     .head_file = "mine.head",
                                     .corrections = {}});
  EXPECT_TRUE(again);

  std::string table = taught.task;
  table.insert(table.find("checksum = "), "other_models = \"untaught\"\n");
  const std::string lenient = other.Write("lenient.task.toml", table);
  const auto untaught = stranger.Classify("hello", {.task = lenient});
  ASSERT_TRUE(untaught) << untaught.error().message;
  EXPECT_EQ(untaught->score_kind, "logprob");
  EXPECT_EQ(stranger.DescribeTask(lenient)->scored.size(), 3u);

  file.Write("mine.head", taught.head);
  const size_t place = taught.task.find("判断");
  ASSERT_NE(place, std::string::npos) << taught.task;
  const std::string changed = file.Write("changed.task.toml", taught.task.insert(place, "请"));
  const auto prompt = assistant.Classify("hello", {.task = changed});
  ASSERT_FALSE(prompt);
  EXPECT_NE(prompt.error().message.find("another prompt"), std::string::npos);
}

TEST(Teach, CorrectionsAreTiedToTheModel) {
  const TinyModelFile file;
  Assistant assistant = Open(file);
  TeachRequest request{.task = "sentiment.zh",
                       .name = "c",
                       .title = "t",
                       .comments = {},
                       .head = {},
                       .head_file = "",
                       .corrections = {{"正面", 0.5, 1}, {"负面", 0.5, 0}, {"中性", 0.5, -1}}};
  const auto taught = assistant.Teach(request);
  ASSERT_TRUE(taught) << taught.error().message;
  EXPECT_TRUE(taught->head.empty());
  const std::string path = file.Write("c.task.toml", taught->task);
  const auto states = assistant.ReadStates(kTexts, {.task = "sentiment.zh", .layers = {2}});
  const auto corrected = assistant.Classify(kTexts[0], {.task = path});
  ASSERT_TRUE(states && corrected);
  const std::vector<double>& scores = (*states)[0]->scores;
  const double odds = 0.5 * scores[0] + 1 - 0.5 * scores[1];
  EXPECT_NEAR(std::log(corrected->probs[0].second / corrected->probs[1].second), odds, 1e-9);

  request.corrections[0].label = "谁";
  EXPECT_FALSE(assistant.Teach(request));
  request.corrections.clear();
  EXPECT_FALSE(assistant.Teach(request)) << "neither of the two";
  request.head = SomeHead();
  request.head->weights.pop_back();
  EXPECT_FALSE(assistant.Teach(request));
  request.head = SomeHead();
  request.head->labels[0] = "谁";
  EXPECT_FALSE(assistant.Teach(request));
}

}  // namespace
}  // namespace yixin
