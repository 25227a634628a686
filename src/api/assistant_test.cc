// The library from outside, over the tiny model: both jobs, errors at the doors, threads.
#include "yixin/assistant.h"

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "api/tiny_model_file_test.h"
#include "support/temporary_folder.h"
#include "yixin/store.h"

namespace yixin {
namespace {

constexpr const char* kTinyChat = "name = \"c\"\nmode = \"chat\"\n[limits]\nmax_new_tokens = 8\n";

class AssistantTest : public testing::Test {
 protected:
  Assistant Open(AssistantOptions options = {}) {
    options.model_path = file_.path();
    options.share_path = SourceShare();
    if (options.threads == 0) options.threads = 1;
    auto assistant = Assistant::Open(options);
    EXPECT_TRUE(assistant) << assistant.error().message;
    return *std::move(assistant);
  }

  TinyModelFile file_;
};

TEST_F(AssistantTest, Opens) {
  double last = -1;
  AssistantOptions options;
  options.progress = [&](double share) {
    EXPECT_GE(share, last);
    last = share;
  };
  options.context = 100000;
  options.kernels = "reference";
  const Assistant assistant = Open(options);
  EXPECT_EQ(last, 1);
  const ModelFacts& facts = assistant.facts();
  EXPECT_EQ(facts.architecture, "qwen2");
  EXPECT_EQ(facts.kernels, "reference");
  EXPECT_EQ(facts.context, 4096) << "what the model was trained for";
  EXPECT_EQ(facts.layers, 2);
  EXPECT_EQ(facts.threads, 1);
  EXPECT_GT(facts.weight_bytes, 0u);
  EXPECT_FALSE(facts.name.empty());
}

TEST_F(AssistantTest, WhatCannotBeOpened) {
  const auto code = [](const AssistantOptions& options) {
    const auto assistant = Assistant::Open(options);
    EXPECT_FALSE(assistant);
    return assistant.error().code;
  };
  EXPECT_EQ(code({.model_path = "/nonexistent.gguf"}), ErrorCode::kNotFound);
  EXPECT_EQ(code({.model_path = file_.Write("x", "GGUF")}), ErrorCode::kInvalidFile);
  EXPECT_EQ(code({.model_path = file_.path(), .kernels = "magic"}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.model_path = file_.path(), .threads = -1}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.model_path = file_.path(), .context = 0}), ErrorCode::kInvalidArgument);
}

TEST_F(AssistantTest, ClassifiesWithShippedTasks) {
  Assistant assistant = Open();
  const auto mood = assistant.Classify("今天的实验终于成功了", {});
  ASSERT_TRUE(mood) << mood.error().message;
  ASSERT_EQ(mood->probs.size(), 3u);
  double sum = 0;
  for (const auto& [label, p] : mood->probs) sum += p;
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_EQ(mood->probs[0].first, "正面");
  EXPECT_EQ(mood->score_kind, "logprob");
  EXPECT_EQ(mood->task, "sentiment.zh");
  EXPECT_EQ(mood->model, assistant.facts().name);
  EXPECT_GT(mood->elapsed_ms, 0);

  const auto generated = assistant.Classify("好", {.task = "sentiment.article.zh"});
  ASSERT_TRUE(generated);
  EXPECT_EQ(generated->score_kind, "generate");
  EXPECT_TRUE(generated->probs.empty());
  EXPECT_TRUE(std::isnan(generated->label_mass));
  EXPECT_GT(assistant.stats().tokens_reused, 0u);
  EXPECT_GT(assistant.stats().prefill_tokens_per_s, 0);
  EXPECT_GT(assistant.stats().memory_bytes, 0u);
}

TEST_F(AssistantTest, TheNextStartFindsWeightsAndPrefix) {
  const TemporaryFolder cache;
  const auto start = [&](const std::string& folder, const std::string& task) {
    Assistant assistant = Open({.cache_folder = folder});
    const auto mood = assistant.Classify("今天的实验终于成功了", {.task = task});
    EXPECT_TRUE(mood) << mood.error().message;
    EXPECT_EQ(assistant.facts().weights_note, "");
    return std::pair(assistant.stats().tokens_computed, *mood);
  };
  const auto [all, expected] = start("", "sentiment.zh");
  EXPECT_EQ(start(cache.path(), "sentiment.zh").first, all);
  const auto [computed, mood] = start(cache.path(), "sentiment.zh");
  if (mood.kernels == "reference") {
    std::cout << "NOT TESTED: this CPU has no table of int8\n";
    return;
  }
  EXPECT_LT(computed, all / 2);
  EXPECT_EQ(mood.probs, expected.probs) << "the same bits";
  EXPECT_EQ(mood.label_mass, expected.label_mass);
  const size_t files = cache.count();
  start(cache.path(), "sentiment.en");
  EXPECT_EQ(cache.count(), files + 1) << "another task, another prefix";
}

TEST_F(AssistantTest, ATextFailsAloneAndATaskForAll) {
  Assistant assistant = Open();
  const std::vector<std::string> texts{"a", "", "b\xff"};
  const auto batch = assistant.ClassifyBatch(texts, {});
  ASSERT_TRUE(batch);
  EXPECT_TRUE((*batch)[0]);
  EXPECT_EQ((*batch)[1].error().message, "empty input");
  EXPECT_EQ((*batch)[2].error().code, ErrorCode::kInvalidText);
  EXPECT_EQ(assistant.Classify("", {}).error().code, ErrorCode::kInvalidText);
  EXPECT_EQ(assistant.ClassifyBatch(texts, {.task = "nobody"}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(assistant.Classify("a", {.task = "chat.zh"}).error().code, ErrorCode::kInvalidArgument);
  const std::string broken = file_.Write("b.toml", "name = \"b\"\nmode = \"score\"\n");
  const auto wrong = assistant.Classify("a", {.task = broken});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidFile);
  EXPECT_NE(wrong.error().message.find("b.toml:1: labels"), std::string::npos);
}

TEST_F(AssistantTest, SeveralTasksReadATextOnce) {
  Assistant assistant = Open();
  const std::vector<std::string> texts{"今天的实验终于成功了", "", "hello", "b\xff", "太差了"};
  const std::string own = file_.Write("own.toml",
                                      "name = \"own\"\nmode = \"score\"\nsystem = \"x\"\n"
                                      "[[labels]]\nname = \"a\"\n[[labels]]\nname = \"bc\"\n");
  const std::vector<ClassifyOptions> tasks{
      {}, {.task = own}, {.task = "sentiment.article.zh"}, {.no_neutral = true}};
  const auto together = assistant.ClassifyTasks(texts, tasks);
  ASSERT_TRUE(together) << together.error().message;
  EXPECT_EQ(assistant.stats().texts_tokenized, texts.size());
  ASSERT_EQ(together->size(), tasks.size());
  for (size_t task = 0; task < tasks.size(); ++task) {
    const auto alone = assistant.ClassifyBatch(texts, tasks[task]);
    ASSERT_TRUE(alone);
    ASSERT_EQ((*together)[task].size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      const Result<Classification>& one = (*together)[task][i];
      const Result<Classification>& expected = (*alone)[i];
      ASSERT_EQ(one.has_value(), expected.has_value()) << i;
      if (!one) {
        EXPECT_EQ(one.error().message, expected.error().message);
        continue;
      }
      EXPECT_EQ(one->label, expected->label);
      EXPECT_EQ(one->task, expected->task);
      EXPECT_EQ(one->probs, expected->probs) << "the same bits";
    }
  }
  EXPECT_EQ(assistant.stats().texts_tokenized, (1 + tasks.size()) * texts.size());
  EXPECT_TRUE(assistant.ClassifyTasks(texts, {})->empty());
  const std::vector<ClassifyOptions> wrong{{}, {.task = "nobody"}};
  EXPECT_EQ(assistant.ClassifyTasks(texts, wrong).error().code, ErrorCode::kNotFound);
}

TEST_F(AssistantTest, TasksOfOnesOwn) {
  Assistant assistant = Open();
  const std::string path = file_.Write(
      "intent.toml",
      "name = \"intent\"\nmode = \"score\"\n[[labels]]\nname = \"a\"\n[[labels]]\nname = \"b\"\n");
  ASSERT_TRUE(assistant.WarmUp(path));
  const auto result = assistant.Classify("hello", {.task = path});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->task, "intent");
}

TEST_F(AssistantTest, WhatATaskIs) {
  const Assistant assistant = Open();
  const auto sentiment = assistant.DescribeTask("sentiment.zh");
  ASSERT_TRUE(sentiment) << sentiment.error().message;
  EXPECT_EQ(sentiment->summary.name, "sentiment.zh");
  EXPECT_EQ(sentiment->scored, (std::vector<std::string>{"正面", "负面", "中性"}));
  EXPECT_EQ(sentiment->neutral, "中性");
  EXPECT_EQ(sentiment->sha256.size(), 64u);
  const auto article = assistant.DescribeTask("sentiment.article.zh");
  ASSERT_TRUE(article);
  EXPECT_EQ(article->summary.mode, "generate");
  EXPECT_TRUE(article->scored.empty());
  // A margin rule's neutral label has no probability.
  const std::string path = file_.Write(
      "margin.toml",
      "name = \"m\"\nmode = \"score\"\n[[labels]]\nname = \"a\"\n[[labels]]\nname = \"b\"\n"
      "[neutral]\nlabel = \"c\"\nmargin_below = 0.2\n");
  const auto margin = assistant.DescribeTask(path);
  ASSERT_TRUE(margin) << margin.error().message;
  EXPECT_EQ(margin->scored, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(margin->summary.labels, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_NE(margin->sha256, sentiment->sha256);
  EXPECT_EQ(assistant.DescribeTask("no.such").error().code, ErrorCode::kNotFound);
}

TEST_F(AssistantTest, CalibrationOfAnotherModelIsNotUsedAndSaid) {
  Assistant assistant = Open();
  const auto task = [&](const std::string& model) {
    return file_.Write(
        "fitted.toml",
        "name = \"f\"\nmode = \"score\"\n[calibration]\nkind = \"fitted\"\nmodel = \"" + model +
            "\"\n[[labels]]\nname = \"a\"\nbias = 100\n[[labels]]\nname = \"b\"\n");
  };
  const std::string own = *assistant.ModelFingerprint();
  EXPECT_EQ(*FingerprintModel(file_.path()), own);
  EXPECT_EQ(FingerprintModel(file_.path() + ".none").error().code, ErrorCode::kNotFound);
  const std::string path = task(own);
  EXPECT_EQ(assistant.DescribeTask(path)->note, "");
  EXPECT_GT(assistant.Classify("hello", {.task = path})->probs[0].second, 0.999);
  Assistant other = Open();
  task(std::string(64, '0'));
  const auto facts = other.DescribeTask(path);
  ASSERT_TRUE(facts);
  EXPECT_NE(facts->note.find("fitted on another model"), std::string::npos) << facts->note;
  EXPECT_LT(other.Classify("hello", {.task = path})->probs[0].second, 0.999);
}

TEST_F(AssistantTest, APriorOfTheFirstTextsIsTakenOff) {
  Assistant assistant = Open();
  const std::string path = file_.Write(
      "batch.toml",
      "name = \"b\"\nmode = \"score\"\n[calibration]\nkind = \"batch\"\n[[labels]]\nname = \"a\"\n"
      "[[labels]]\nname = \"b\"\n");
  EXPECT_TRUE(assistant.DescribeTask(path)->needs_prior);
  EXPECT_FALSE(assistant.DescribeTask("sentiment.zh")->needs_prior);
  const std::vector<std::string> texts{"hello", "", "hello"};
  const auto prior = assistant.EstimatePrior(texts, {.task = path});
  ASSERT_TRUE(prior) << prior.error().message;
  const auto judged = assistant.Classify("hello", {.task = path, .prior = *prior});
  ASSERT_TRUE(judged);
  EXPECT_NEAR(judged->probs[0].second, 0.5, 1e-9) << "the only text is what the prior is of";
}

TEST_F(AssistantTest, EveryShippedTaskWorks) {
  Assistant assistant = Open();
  const auto tasks = assistant.Tasks();
  ASSERT_TRUE(tasks) << tasks.error().message;
  EXPECT_GE(tasks->size(), 7u);
  for (const TaskSummary& task : *tasks) {
    if (task.mode == "chat") {
      auto conversation = assistant.StartConversation({.task = task.name});
      ASSERT_TRUE(conversation) << conversation.error().message;
      EXPECT_TRUE(conversation->Say("hello", "", {.max_new_tokens = 2}, {}));
      EXPECT_TRUE(task.labels.empty());
    } else {
      const auto result = assistant.Classify("hello", {.task = task.name});
      ASSERT_TRUE(result) << task.name << ": " << result.error().message;
      EXPECT_EQ(result->task, task.name);
      EXPECT_EQ(task.labels.size(), task.name == "intent.zh" ? 4u : 3u) << task.name;
    }
    EXPECT_FALSE(task.title.empty());
  }
}

TEST_F(AssistantTest, AConversation) {
  Assistant assistant = Open();
  auto started = assistant.StartConversation({.task = file_.Write("c.toml", kTinyChat)});
  ASSERT_TRUE(started) << started.error().message;
  Conversation chat = *std::move(started);
  std::string heard;
  const TextSink sink = [&](std::string_view piece) {
    heard += piece;
    return true;
  };
  const auto reply = chat.Say("你好", "正面", {.temperature = 0.0, .timeout_ms = 0}, sink);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->text, heard);
  ASSERT_EQ(chat.turns().size(), 1u);
  EXPECT_EQ(chat.turns()[0].reply, heard);
  EXPECT_EQ(chat.turns()[0].mood, "正面");
  EXPECT_TRUE(chat.Retry({.seed = 3}, sink));
  EXPECT_FALSE(chat.Say("", "", {}, sink));
  EXPECT_FALSE(chat.Say("a", "", {.top_p = std::nan("")}, sink));
  EXPECT_EQ(chat.turns().size(), 1u);
  ASSERT_TRUE(chat.Say("the", "", {.max_new_tokens = 2}, sink));

  // Saved, and told to another conversation.
  auto other = *assistant.StartConversation({.task = file_.Write("c.toml", kTinyChat)});
  ASSERT_TRUE(other.FromJson(chat.ToJson()));
  ASSERT_EQ(other.turns().size(), 2u);
  EXPECT_EQ(other.turns()[1].user, "the");
  EXPECT_EQ(other.ToJson(), chat.ToJson());
  EXPECT_EQ(other.FromJson("{}").error().code, ErrorCode::kInvalidFile);
  EXPECT_TRUE(other.SetSystem("hello"));
  other.Clear();
  EXPECT_TRUE(other.turns().empty());
  EXPECT_EQ(assistant.StartConversation({.task = "sentiment.zh"}).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(AssistantTest, AConversationKeepsTheModel) {
  std::optional<Conversation> chat;
  {
    Assistant assistant = Open();
    chat = *assistant.StartConversation({.task = "chat.zh"});
  }
  EXPECT_TRUE(chat->Say("hello", "", {.max_new_tokens = 2}, {}));
}

TEST_F(AssistantTest, ASinkThatThrowsBecomesAnError) {
  Assistant assistant = Open();
  auto chat = *assistant.StartConversation({.task = "chat.zh"});
  const auto thrown =
      chat.Say("hello", "", {}, [](std::string_view) -> bool { throw std::bad_alloc(); });
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error().code, ErrorCode::kOutOfMemory);
  const auto other = chat.Say(
      "hello", "", {}, [](std::string_view) -> bool { throw std::runtime_error("no paper"); });
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kInternal);
  EXPECT_TRUE(chat.Say("hello", "", {.max_new_tokens = 2}, {}));
}

TEST_F(AssistantTest, ThreadsTakeTurns) {
  Assistant assistant = Open();
  const auto alone = assistant.Classify("hello", {})->probs;
  auto chat = *assistant.StartConversation({.task = "chat.zh"});
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5; ++j) {
        const auto result = assistant.Classify("hello", {});
        EXPECT_TRUE(result);
        EXPECT_EQ(result->probs, alone);
        (void)assistant.stats();
      }
    });
  }
  threads.emplace_back([&] { EXPECT_TRUE(chat.Say("the", "", {.max_new_tokens = 20}, {})); });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(AssistantTest, TokenizesAndScores) {
  Assistant assistant = Open();
  const auto ids = assistant.Tokenize("hello<|im_end|>", false);
  ASSERT_TRUE(ids);
  EXPECT_EQ(assistant.TokenText(ids->back()), "<|im_end|>");
  const auto prefill = assistant.Score("hello the 正面 in", "", ScorePhase::kPrefill);
  const auto decode = assistant.Score("hello the 正面 in", "", ScorePhase::kDecode);
  ASSERT_TRUE(prefill);
  ASSERT_TRUE(decode);
  EXPECT_EQ(prefill->mean_nll, decode->mean_nll);
  EXPECT_TRUE(std::isnan(prefill->golden_mean_nll));
  EXPECT_EQ(assistant.Score("", "", ScorePhase::kPrefill).error().code, ErrorCode::kInvalidText);
  const auto other = assistant.Score(
      "hello the", R"({"text": {"ids": [1, 2], "mean_nll": 1, "top64": []}})", ScorePhase::kDecode);
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("another text"), std::string::npos);
}

}  // namespace
}  // namespace yixin
