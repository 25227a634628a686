// Classification over the tiny model: its labels are nonsense, but the same nonsense by every road.
#include "tasks/classifier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tasks/model_for_test.h"
#include "tasks/task_head.h"
#include "yixin/version.h"

namespace yixin {
namespace {

// Labels of one, two and more tokens in the tiny vocabulary.
constexpr std::string_view kScore = R"(name = "t"
mode = "score"
system = "判断"
[[labels]]
name = "正面"
[[labels]]
name = "中性"
strings = ["中性", "一般", "x"]
[[labels]]
name = "好"
[neutral]
label = "中性"
)";

constexpr std::string_view kGenerate = R"(name = "g"
mode = "generate"
system = "判断"
reply_line_break = false
[[labels]]
name = "e"
[neutral]
label = "none"
[limits]
max_new_tokens = 6
)";

Classifier MakeClassifier(TestModel& test, std::string_view toml, int context = 4096) {
  auto classifier = Classifier::Create(ParsedTask(toml), test.tokenizer(), test.chat_template(),
                                       *test.engine, context);
  EXPECT_TRUE(classifier) << classifier.error().message;
  return *std::move(classifier);
}

LabelDecision One(Classifier& classifier, const std::string& text) {
  auto results = classifier.Classify({&text, 1}, {}, nullptr);
  EXPECT_TRUE(results) << results.error().message;
  EXPECT_TRUE((*results)[0]) << (*results)[0].error().message;
  return *(*results)[0];
}

// A sequence's log-probability by the plainest road: the whole prompt again, one pass.
double LogProbability(TestModel& test, const std::vector<int32_t>& prompt,
                      const std::vector<int32_t>& label) {
  std::vector<int32_t> ids = prompt;
  ids.insert(ids.end(), label.begin(), label.end());
  KvSequence sequence = test.engine->NewSequence();
  const Step step{&sequence, ids, static_cast<int>(prompt.size()) - 1};
  const auto hidden = *test.engine->Forward({&step, 1});
  const auto vocabulary = static_cast<size_t>(test.model->config().vocabulary);
  std::vector<float> logits((label.size() + 1) * vocabulary);
  EXPECT_TRUE(test.engine->Logits(hidden, logits));
  double sum = 0;
  for (size_t i = 0; i < label.size(); ++i) {
    const auto row = std::span<const float>(logits).subspan(i * vocabulary, vocabulary);
    sum += static_cast<double>(row[static_cast<size_t>(label[i])]) -
           static_cast<double>(test.engine->LogSumExp(row));
  }
  return sum;
}

TEST(Classifier, ScoresAreThoseOfWholePrompts) {
  TestModel test;
  Classifier classifier = MakeClassifier(test, kScore);
  const TaskSpec& task = classifier.task();
  const auto prompt = *EncodeTextPrompt(task, test.tokenizer(), test.chat_template());
  const auto labels = *EncodeLabels(task, test.tokenizer());
  for (const std::string text : {"hello", "今天的实验终于成功了", "😀"}) {
    std::vector<int32_t> ids = prompt.prefix;
    const auto text_ids = *test.tokenizer().EncodeText(text);
    ids.insert(ids.end(), text_ids.begin(), text_ids.end());
    ids.insert(ids.end(), prompt.suffix.begin(), prompt.suffix.end());
    std::vector<double> log_probs;
    for (const LabelString& label : labels) {
      log_probs.push_back(LogProbability(test, ids, label.ids));
    }
    const LabelDecision expected =
        DecideLabel(task, *LabelScores(task, labels, log_probs), {}, false);
    const LabelDecision got = One(classifier, text);
    EXPECT_EQ(got.label, expected.label);
    EXPECT_EQ(got.probs, expected.probs) << "the same bits";
    EXPECT_EQ(got.label_mass, expected.label_mass);
    EXPECT_GT(got.label_mass, 0);
    EXPECT_LT(got.label_mass, 1);
  }
}

// The mean over two prompts, each with the task's own examples.
TEST(Classifier, WordingsAreAveraged) {
  TestModel test;
  const std::string example = "[[examples]]\ntext = \"x\"\nlabel = \"好\"\n";
  const std::string other = "system = \"the 1 2 3\"\nanswer_prefix = \"a:\"\n";
  Classifier first = MakeClassifier(test, std::string(kScore) + example);
  Classifier second = MakeClassifier(
      test, "answer_prefix = \"a:\"\n" +
                std::string(kScore).replace(kScore.find("判断"), 6, "the 1 2 3") + example);
  Classifier both = MakeClassifier(test, std::string(kScore) + example + "[[wordings]]\n" + other);
  for (const std::string text : {"hello", "今天的实验终于成功了"}) {
    const LabelDecision a = One(first, text);
    const LabelDecision b = One(second, text);
    const LabelDecision mean = One(both, text);
    ASSERT_EQ(mean.probs.size(), 3u);
    EXPECT_NE(a.probs, b.probs);
    double sum = 0;
    for (size_t i = 0; i < 3; ++i) sum += std::sqrt(a.probs[i].second * b.probs[i].second);
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(mean.probs[i].second, std::sqrt(a.probs[i].second * b.probs[i].second) / sum,
                  1e-9);
    }
  }
  EXPECT_GT(both.tokens_reused(), first.tokens_reused() + 1);
  const std::vector<std::string> texts{"hello", std::string(1500, 'a'), "今天的实验终于成功了",
                                       "b"};
  const auto together = both.Classify(texts, {}, nullptr);
  ASSERT_TRUE(together);
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ((*together)[i]->probs, One(both, texts[i]).probs) << "the same bits in a batch";
  }
}

TEST(Classifier, APriorOfManyTextsIsTakenOff) {
  TestModel test;
  Classifier classifier = MakeClassifier(test, kScore);
  const std::vector<std::string> texts{"hello", "", "好", "the 1 2 3"};
  const auto prior = classifier.EstimatePrior(texts, {}, nullptr);
  ASSERT_TRUE(prior) << prior.error().message;
  ASSERT_EQ(prior->size(), 3u);
  const auto plain = *classifier.Classify(texts, {}, nullptr);
  double sum = 0;
  for (size_t i = 0; i < 3; ++i) {
    double mean = 0;
    for (const size_t text : {0, 2, 3}) mean += plain[text]->probs[i].second / 3;
    EXPECT_NEAR((*prior)[i], mean, 1e-12) << "an empty text is left out";
    sum += plain[0]->probs[i].second / mean;
  }
  const auto corrected = classifier.Classify(texts, {.prior = *prior}, nullptr);
  ASSERT_TRUE(corrected);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR((*corrected)[0]->probs[i].second, plain[0]->probs[i].second / (*prior)[i] / sum,
                1e-9);
  }
  // Without the neutral label: of the others alone.
  const ClassifierSettings two{.no_neutral = true};
  const auto of_two = classifier.EstimatePrior(texts, two, nullptr);
  ASSERT_TRUE(of_two);
  EXPECT_EQ(of_two->size(), 2u);
  EXPECT_TRUE(classifier.Classify(texts, {.no_neutral = true, .prior = *of_two}, nullptr));
  EXPECT_FALSE(classifier.Classify(texts, {.prior = *of_two}, nullptr));
  EXPECT_FALSE(classifier.EstimatePrior(std::vector<std::string>{" "}, {}, nullptr));
  EXPECT_FALSE(MakeClassifier(test, kGenerate).EstimatePrior(texts, {}, nullptr));
}

TEST(Classifier, AContentFreePriorIsThatOfItsTexts) {
  TestModel test;
  Classifier plain = MakeClassifier(test, kScore);
  Classifier calibrated = MakeClassifier(
      test, std::string(kScore) + "[calibration]\nkind = \"content_free\"\ntexts = [\"N/A\"]\n");
  const std::vector<std::string> nothing{"N/A"};
  const auto prior = *plain.EstimatePrior(nothing, {}, nullptr);
  const std::vector<std::string> texts{"hello"};
  const auto expected = plain.Classify(texts, {.prior = prior}, nullptr);
  EXPECT_EQ(One(calibrated, "hello").probs, (*expected)[0]->probs);
  for (const auto& [label, p] : One(calibrated, "N/A").probs) EXPECT_NEAR(p, 1.0 / 3, 1e-9);
}

TEST(Classifier, ATextDoesNotSeeItsNeighbours) {
  TestModel test;
  Classifier classifier = MakeClassifier(test, kScore);
  std::vector<std::string> texts;
  for (int i = 0; i < 70; ++i) {
    texts.push_back(std::string(static_cast<size_t>(1 + i * 7 % 90), 'a') + std::to_string(i));
  }
  const auto together = classifier.Classify(texts, {}, nullptr);
  ASSERT_TRUE(together);
  ASSERT_EQ(together->size(), texts.size());
  TestModel other;
  Classifier alone = MakeClassifier(other, kScore);
  for (size_t i = 0; i < texts.size(); i += 9) {
    EXPECT_EQ((*together)[i]->probs, One(alone, texts[i]).probs) << i;
  }
}

TEST(Classifier, ThePrefixIsComputedOnceAndPagesComeBack) {
  TestModel test;
  Classifier classifier = MakeClassifier(test, kScore);
  ASSERT_TRUE(classifier.WarmUp(nullptr));
  const uint64_t prefix = test.engine->tokens_computed();
  const size_t pages = test.engine->kv_pool().used_pages();
  EXPECT_GT(prefix, 0u);
  One(classifier, "a");
  const uint64_t first = test.engine->tokens_computed() - prefix;
  One(classifier, "b");
  EXPECT_EQ(test.engine->tokens_computed() - prefix, 2 * first);
  EXPECT_EQ(classifier.tokens_reused(), 2 * prefix);
  EXPECT_EQ(test.engine->kv_pool().used_pages(), pages);
}

TEST(Classifier, ABadTextFailsAlone) {
  TestModel test;
  Classifier classifier = MakeClassifier(test, kScore);
  const std::vector<std::string> texts{"好",     "",  " \n\u3000",
                                       "ab\xff", "😀", std::string("a\0b", 3)};
  const auto results = classifier.Classify(texts, {}, nullptr);
  ASSERT_TRUE(results);
  EXPECT_TRUE((*results)[0]);
  for (const size_t blank : {1, 2}) {
    ASSERT_FALSE((*results)[blank]);
    EXPECT_EQ((*results)[blank].error().code, ErrorCode::kInvalidText);
    EXPECT_EQ((*results)[blank].error().message, "empty input");
  }
  ASSERT_FALSE((*results)[3]);
  EXPECT_NE((*results)[3].error().message.find("byte 2"), std::string::npos);
  EXPECT_TRUE((*results)[4]) << "an emoji says something";
  EXPECT_TRUE((*results)[5]);
  EXPECT_TRUE(classifier.Classify(std::span<const TextIds>(), {}, nullptr)->empty());
}

TEST(Classifier, TextsLongerThanTheContext) {
  TestModel test;
  Classifier classifier = MakeClassifier(test, kScore, /*context=*/100);
  const std::vector<std::string> texts{std::string(500, 'a') + "终"};
  const auto refused = classifier.Classify(texts, {}, nullptr);
  ASSERT_TRUE(refused);
  ASSERT_FALSE((*refused)[0]);
  EXPECT_EQ((*refused)[0].error().code, ErrorCode::kInvalidText);
  for (const Keep keep : {Keep::kHead, Keep::kTail, Keep::kMiddle}) {
    const auto cut = classifier.Classify(texts, {.keep = keep}, nullptr);
    ASSERT_TRUE(cut);
    EXPECT_TRUE((*cut)[0]);
  }
  EXPECT_FALSE(Classifier::Create(ParsedTask(kScore), test.tokenizer(), test.chat_template(),
                                  *test.engine, 20))
      << "the prompt alone is longer";
}

TEST(Classifier, NeutralCanBeLeftOut) {
  TestModel test;
  Classifier classifier = MakeClassifier(test, kScore);
  const std::string text = "hello";
  const auto results = classifier.Classify({&text, 1}, {.no_neutral = true}, nullptr);
  ASSERT_TRUE(results);
  EXPECT_EQ((*results)[0]->probs.size(), 2u);
  Classifier generate = MakeClassifier(test, kGenerate);
  EXPECT_FALSE(generate.Classify({&text, 1}, {.no_neutral = true}, nullptr));
}

TEST(Classifier, AStopIsAnErrorAndNothingIsBroken) {
  TestModel test;
  Classifier classifier = MakeClassifier(test, kScore);
  StopFlag stop;
  stop.Request();
  const std::vector<std::string> texts(3, "hello");
  const auto stopped = classifier.Classify(texts, {}, &stop);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  stop.Clear();
  EXPECT_TRUE(classifier.Classify(texts, {}, &stop));
}

TEST(Classifier, AChatTaskIsRefused) {
  TestModel test;
  const auto classifier =
      Classifier::Create(ParsedTask("name = \"c\"\nmode = \"chat\"\n"), test.tokenizer(),
                         test.chat_template(), *test.engine, 4096);
  ASSERT_FALSE(classifier);
  EXPECT_EQ(classifier.error().code, ErrorCode::kInvalidArgument);
}

// Greedy text in a batch is greedy text alone, and what plain decoding of the whole prompt gives.
TEST(Classifier, GeneratesGreedily) {
  TestModel test;
  Classifier classifier = MakeClassifier(test, kGenerate);
  const std::vector<std::string> texts{"hello", "正面", "the 1 2 3", "😀", "a", "b", "c"};
  const auto together = classifier.Classify(texts, {}, nullptr);
  ASSERT_TRUE(together);
  const auto prompt = *EncodeTextPrompt(classifier.task(), test.tokenizer(), test.chat_template());
  for (size_t i = 0; i < texts.size(); ++i) {
    std::vector<int32_t> ids = prompt.prefix;
    const auto text_ids = *test.tokenizer().EncodeText(texts[i]);
    ids.insert(ids.end(), text_ids.begin(), text_ids.end());
    ids.insert(ids.end(), prompt.suffix.begin(), prompt.suffix.end());
    std::vector<int32_t> answer;
    std::vector<float> logits(static_cast<size_t>(test.model->config().vocabulary));
    while (answer.size() < 6) {
      KvSequence sequence = test.engine->NewSequence();
      const Step step{&sequence, ids, static_cast<int>(ids.size()) - 1};
      ASSERT_TRUE(test.engine->Logits(*test.engine->Forward({&step, 1}), logits));
      const int32_t id = ArgMax(logits);
      if (test.tokenizer().IsControl(id)) break;
      answer.push_back(id);
      ids.push_back(id);
    }
    const std::string text = test.tokenizer().Decode(answer, true);
    EXPECT_EQ((*together)[i]->label, DecideFromAnswer(classifier.task(), text).label) << text;
    EXPECT_EQ((*together)[i]->label, One(classifier, texts[i]).label);
    EXPECT_TRUE(std::isnan((*together)[i]->label_mass));
  }
}

// A head over two of three layers: its decision is its own sum over the states that a whole prompt
// has there, alone or in a batch, and the pass of the untaught decision gives the same states.
TEST(Classifier, AHeadReadsTheStatesOfItsLayers) {
  TestModel test({.layers = 3});
  Classifier untaught = MakeClassifier(test, kScore);
  const std::vector<std::string> texts = {"hello", "今天", " ", "a much longer text, in two pages",
                                          "x"};
  const std::vector<int> layers = {1, 2};
  const auto alone = untaught.ReadStates(texts, layers, false, {}, nullptr);
  const auto with_scores = untaught.ReadStates(texts, layers, true, {}, nullptr);
  const auto decisions = untaught.Classify(texts, {}, nullptr);
  ASSERT_TRUE(alone && with_scores && decisions);
  const std::vector<int> whole = {1, 2, 3};
  const auto all = untaught.ReadStates(texts, whole, true, {}, nullptr);
  ASSERT_TRUE(all);
  for (size_t i = 0; i < texts.size(); ++i) {
    ASSERT_EQ((*alone)[i].has_value(), i != 2);
    if (i == 2) continue;
    EXPECT_EQ((*alone)[i]->states.size(), 2u * 64);
    EXPECT_TRUE((*alone)[i]->scores.empty());
    EXPECT_EQ((*alone)[i]->states, (*with_scores)[i]->states);
    EXPECT_TRUE(std::equal((*alone)[i]->states.begin(), (*alone)[i]->states.end(),
                           (*all)[i]->states.begin()));
    EXPECT_EQ((*with_scores)[i]->decision.probs, (*decisions)[i]->probs);
    EXPECT_EQ((*all)[i]->decision.probs, (*decisions)[i]->probs);
    EXPECT_EQ((*with_scores)[i]->scores.size(), 3u);
  }

  TaskHead head;
  head.ties = {"", "tiny", untaught.prompt_hash(), static_cast<uint32_t>(kNumericsVersion)};
  head.labels = {"正面", "中性"};
  head.layers = layers;
  head.hidden = 64;
  for (int i = 0; i < 2 * 128; ++i) head.weights.push_back(static_cast<float>(i % 7 - 3) / 8);
  head.biases = {0.5f, 0};
  TaskSpec task = ParsedTask(kScore);
  task.head.emplace();
  task.head->head = std::make_shared<const TaskHead>(head);
  const auto create = [&](TaskSpec spec) {
    return Classifier::Create(std::move(spec), test.tokenizer(), test.chat_template(), *test.engine,
                              4096);
  };
  auto taught = create(task);
  ASSERT_TRUE(taught) << taught.error().message;
  const auto heads = taught->Classify(texts, {}, nullptr);
  ASSERT_TRUE(heads);
  for (size_t i = 0; i < texts.size(); ++i) {
    ASSERT_EQ((*heads)[i].has_value(), i != 2);
    if (i == 2) continue;
    const auto expected = DecideByHead(head, (*alone)[i]->states, "中性", false);
    ASSERT_TRUE(expected);
    EXPECT_EQ((*heads)[i]->label, expected->label);
    EXPECT_EQ((*heads)[i]->probs, expected->probs);
    EXPECT_EQ(One(*taught, texts[i]).probs, expected->probs);
  }
  head.ties.prompt ^= 1;
  task.head->head = std::make_shared<const TaskHead>(head);
  EXPECT_EQ(create(task).error().code, ErrorCode::kUnsupported);
  const std::vector<int> wrong[] = {{}, {0}, {4}, {2, 1}, {1, 1}};
  for (const std::vector<int>& some : wrong) {
    EXPECT_FALSE(untaught.ReadStates(texts, some, false, {}, nullptr));
  }
}

}  // namespace
}  // namespace yixin
