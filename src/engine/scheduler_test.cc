// The property that matters: a stream's tokens are those that it has alone, whatever runs beside
// it.
#include "engine/scheduler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "engine/engine_for_test.h"
#include "engine/token_choice.h"

namespace yixin {
namespace {

// Remembers what it was told.
struct Listener : StreamListener {
  bool OnToken(const StreamToken& token) override {
    tokens.push_back(token);
    ids.push_back(token.id);
    return ids.size() < enough;
  }
  void OnEnd(StreamEnd how, const StreamCost& what, const Error* error) override {
    EXPECT_FALSE(end) << "an end comes once";
    end = how;
    cost = what;
    if (error != nullptr) message = error->message;
  }

  size_t enough = 1000000;
  std::vector<StreamToken> tokens;
  std::vector<int32_t> ids;
  std::optional<StreamEnd> end;
  StreamCost cost;
  std::string message;
};

StreamRequest Ask(size_t prompt, uint32_t seed, int max_new_tokens, float temperature = 0) {
  StreamRequest request;
  request.prompt = SomeTokens(prompt, seed);
  request.sampling.temperature = temperature;
  request.sampling.top_p = 1;
  request.sampling.seed = seed;
  request.max_new_tokens = max_new_tokens;
  return request;
}

void RunAll(Scheduler& scheduler) {
  for (int step = 0; scheduler.HasWork(); ++step) {
    ASSERT_LT(step, 5000) << "streams that never end";
    scheduler.RunPass();
  }
}

std::vector<int32_t> Alone(const Model& model, StreamRequest request) {
  Engine engine(model, {.threads = 1});
  Scheduler scheduler(engine, {});
  Listener listener;
  EXPECT_TRUE(scheduler.Add(std::move(request), listener));
  RunAll(scheduler);
  return listener.ids;
}

class SchedulerOnTable : public testing::TestWithParam<const KernelTable*> {};

TEST_P(SchedulerOnTable, CompanyDoesNotChangeAToken) {
  const TestModel test(*GetParam());
  std::vector<StreamRequest> requests;
  for (uint32_t i = 0; i < 9; ++i) requests.push_back(Ask(1 + i * 31, i, 5 + i * 3, 0.1f * i));
  requests[3].sampling.repeat_penalty = 1.2f;
  requests.push_back(requests[4]);  // the same again, which finds its prompt in the cache
  requests.push_back(requests[4]);
  requests.back().prompt.push_back(3);
  std::vector<std::vector<int32_t>> expected;
  for (const StreamRequest& request : requests) expected.push_back(Alone(*test.model, request));

  for (const int chunk : {256, 24}) {
    Engine engine(*test.model, {.threads = 2, .chunk_tokens = chunk});
    Scheduler scheduler(engine,
                        {.max_streams = 5, .prompt_tokens = 64, .prompt_tokens_beside = 20});
    std::vector<Listener> listeners(requests.size());
    // Some at once, the others into a running batch.
    for (size_t i = 0; i < requests.size(); ++i) {
      ASSERT_TRUE(scheduler.Add(requests[i], listeners[i]));
      if (i % 3 == 2) scheduler.RunPass();
    }
    RunAll(scheduler);
    for (size_t i = 0; i < requests.size(); ++i) {
      EXPECT_EQ(listeners[i].ids, expected[i]) << "stream " << i << " chunk " << chunk;
      EXPECT_EQ(listeners[i].end, StreamEnd::kLength);
    }
    EXPECT_GT(scheduler.counts().reused_tokens, 100u);
    EXPECT_EQ(scheduler.counts().promised_pages, 0u);
    scheduler.DropCache();
    EXPECT_EQ(engine.kv_pool().used_pages(), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, SchedulerOnTable, testing::ValuesIn(UsableTables()),
                         [](const auto& table) { return std::string(table.param->name); });

class SchedulerTest : public testing::Test {
 protected:
  TestModel test_{*UsableTables().front()};
  Engine engine_{*test_.model, {.threads = 2, .max_kv_tokens = 32 * 40}};
};

TEST_F(SchedulerTest, AConversationGoesOnFromItsOwnPages) {
  Scheduler scheduler(engine_, {});
  Listener first;
  StreamRequest request = Ask(100, 1, 20);
  ASSERT_TRUE(scheduler.Add(request, first));
  RunAll(scheduler);
  EXPECT_EQ(first.cost.reused_tokens, 0);
  request.prompt.insert(request.prompt.end(), first.ids.begin(), first.ids.end());
  request.prompt.push_back(7);
  Listener second;
  ASSERT_TRUE(scheduler.Add(request, second));
  RunAll(scheduler);
  EXPECT_EQ(second.cost.prompt_tokens, 121);
  EXPECT_EQ(second.cost.reused_tokens, 119) << "all but the last token, which was not computed";
  EXPECT_EQ(second.ids, Alone(*test_.model, request));
}

TEST_F(SchedulerTest, TheSamePromptAtOnceIsComputedOnce) {
  Scheduler scheduler(engine_, {});
  std::vector<Listener> listeners(4);
  for (Listener& listener : listeners) ASSERT_TRUE(scheduler.Add(Ask(90, 1, 4), listener));
  RunAll(scheduler);
  EXPECT_EQ(scheduler.counts().prompt_tokens, 90u + 3);
  for (const Listener& listener : listeners) EXPECT_EQ(listener.ids, listeners[0].ids);
}

TEST_F(SchedulerTest, ATasksPrefixIsTheEngines) {
  Scheduler scheduler(engine_, {});
  StreamRequest request = Ask(90, 1, 2);
  request.task_prefix = 60;
  ASSERT_TRUE(engine_.Prefix(std::span(request.prompt).first(60)));
  Listener listener;
  ASSERT_TRUE(scheduler.Add(request, listener));
  RunAll(scheduler);
  EXPECT_EQ(listener.cost.reused_tokens, 60);
}

TEST_F(SchedulerTest, StreamsWaitForRoomAndTheCacheMakesIt) {
  Scheduler scheduler(engine_, {});
  EXPECT_EQ(scheduler.counts().pages, 40u);
  std::vector<Listener> listeners(7);
  for (uint32_t i = 0; i < 7; ++i) {
    ASSERT_TRUE(scheduler.Add(Ask(300, i, 20), listeners[i]));  // ten pages each
  }
  size_t most = 0;
  while (scheduler.HasWork()) {
    scheduler.RunPass();
    const SchedulerCounts counts = scheduler.counts();
    EXPECT_LE(counts.promised_pages + counts.cached_pages, counts.pages);
    most = std::max(most, counts.running);
  }
  EXPECT_EQ(most, 4u);
  for (const Listener& listener : listeners) EXPECT_EQ(listener.end, StreamEnd::kLength);
}

TEST_F(SchedulerTest, WhatNeverFitsIsRefused) {
  Scheduler scheduler(engine_, {.spare_pages = 8});
  Listener listener;
  const auto refused = scheduler.Add(Ask(1000, 1, 25), listener);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kOutOfMemory);
  EXPECT_TRUE(scheduler.Add(Ask(1000, 1, 24), listener));
  StreamRequest wrong = Ask(4, 1, 1);
  wrong.sampling.top_p = 0;
  EXPECT_FALSE(scheduler.Add(wrong, listener));
  EXPECT_FALSE(scheduler.Add(Ask(0, 1, 1), listener));
  EXPECT_FALSE(scheduler.Add(Ask(4, 1, 0), listener));
}

TEST_F(SchedulerTest, ACancelledStreamEndsInTheNextPass) {
  Scheduler scheduler(engine_, {.max_streams = 1});
  Listener writing;
  Listener waiting;
  const auto first = scheduler.Add(Ask(10, 1, 500), writing);
  const auto second = scheduler.Add(Ask(10, 2, 500), waiting);
  ASSERT_TRUE(first && second);
  scheduler.RunPass();
  scheduler.RunPass();
  EXPECT_EQ(writing.ids.size(), 2u);
  scheduler.Cancel(*first);
  scheduler.Cancel(*second);
  scheduler.Cancel(999);
  scheduler.RunPass();
  EXPECT_EQ(writing.end, StreamEnd::kCancelled);
  EXPECT_EQ(waiting.end, StreamEnd::kCancelled);
  EXPECT_EQ(writing.cost.new_tokens, 2);
  EXPECT_FALSE(scheduler.HasWork());
  EXPECT_EQ(scheduler.counts().promised_pages, 0u);
}

TEST_F(SchedulerTest, AListenerThatHasEnoughEndsItsStreamAlone) {
  Scheduler scheduler(engine_, {});
  Listener brief;
  brief.enough = 3;
  Listener other;
  ASSERT_TRUE(scheduler.Add(Ask(10, 1, 9), brief));
  ASSERT_TRUE(scheduler.Add(Ask(10, 2, 9), other));
  RunAll(scheduler);
  EXPECT_EQ(brief.end, StreamEnd::kListener);
  EXPECT_EQ(brief.ids.size(), 3u);
  EXPECT_EQ(other.end, StreamEnd::kLength);
}

TEST_F(SchedulerTest, AShortPromptDoesNotWaitForALongOne) {
  Scheduler scheduler(engine_, {.prompt_tokens = 40, .prompt_tokens_beside = 40});
  Listener slow;
  Listener quick;
  ASSERT_TRUE(scheduler.Add(Ask(800, 1, 2), slow));
  ASSERT_TRUE(scheduler.Add(Ask(20, 2, 2), quick));
  scheduler.RunPass();
  EXPECT_EQ(quick.ids.size(), 1u);
  EXPECT_TRUE(slow.ids.empty());
  RunAll(scheduler);
  EXPECT_EQ(slow.ids.size(), 2u);
}

TEST_F(SchedulerTest, ClientsTakeTurns) {
  Scheduler scheduler(engine_, {.max_streams = 2});
  std::vector<Listener> greedy(5);
  Listener modest;
  for (uint32_t i = 0; i < 5; ++i) {
    StreamRequest request = Ask(10, i, 10);
    request.client = 1;
    ASSERT_TRUE(scheduler.Add(request, greedy[i]));
  }
  StreamRequest request = Ask(10, 9, 10);
  request.client = 2;
  ASSERT_TRUE(scheduler.Add(request, modest));
  scheduler.RunPass();
  EXPECT_EQ(modest.ids.size(), 1u) << "one place each, though five came before";
}

TEST_F(SchedulerTest, ChoicesAreAlwaysOneOfThem) {
  Scheduler scheduler(engine_, {});
  std::map<std::vector<int32_t>, int> said;
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const StreamRequest request = Ask(30, seed, 10, 2.0f);
    auto choice =
        std::make_unique<TokenChoice>(std::vector<std::vector<int32_t>>{{5, 6, 7}, {5, 8}, {200}});
    Listener listener;
    ASSERT_TRUE(scheduler.Add(request, listener, std::move(choice)));
    RunAll(scheduler);
    EXPECT_EQ(listener.end, StreamEnd::kComplete);
    ++said[listener.ids];
  }
  EXPECT_GT(said.size(), 1u);
  for (const auto& [ids, count] : said) {
    EXPECT_TRUE(ids == (std::vector<int32_t>{5, 6, 7}) || ids == (std::vector<int32_t>{5, 8}) ||
                ids == (std::vector<int32_t>{200}));
  }
}

// Lets the even ids through, or after some tokens none.
struct EvenOnly : TokenConstraint {
  void Mask(std::span<float> logits) override {
    for (size_t id = 0; id < logits.size(); ++id) {
      if (id % 2 == 1 || left == 0) logits[id] = -std::numeric_limits<float>::infinity();
    }
  }
  void Append(int32_t id) override {
    EXPECT_EQ(id % 2, 0);
    --left;
  }
  bool complete() const override { return false; }
  int left = 1000;
};

TEST_F(SchedulerTest, AConstraintHoldsBesideEverything) {
  StreamRequest request = Ask(30, 1, 40, 2.0f);
  request.log_probabilities = 4;
  request.sampling.repeat_penalty = 1.3f;
  std::vector<Listener> listeners(3);
  {
    Scheduler scheduler(engine_, {});
    ASSERT_TRUE(scheduler.Add(request, listeners[0], std::make_unique<EvenOnly>()));
    RunAll(scheduler);
  }
  Scheduler scheduler(engine_, {});
  Listener free;
  ASSERT_TRUE(scheduler.Add(Ask(50, 2, 60), free));
  ASSERT_TRUE(scheduler.Add(request, listeners[1], std::make_unique<EvenOnly>()));
  scheduler.RunPass();
  ASSERT_TRUE(scheduler.Add(request, listeners[2], std::make_unique<EvenOnly>()));
  RunAll(scheduler);
  bool names_odd = false;
  for (const Listener& listener : listeners) {
    EXPECT_EQ(listener.ids.size(), 40u);
    EXPECT_EQ(listener.ids, listeners[0].ids) << "alone and beside others";
    for (const StreamToken& token : listener.tokens) {
      EXPECT_EQ(token.id % 2, 0);
      EXPECT_TRUE(std::isfinite(token.log_probability));
      for (const TokenCandidate& one : token.best) names_odd = names_odd || one.id % 2 == 1;
    }
  }
  EXPECT_TRUE(names_odd) << "log-probabilities are the model's, not the constraint's";
}

TEST_F(SchedulerTest, AStreamThatMaySayNothingEndsWithAnError) {
  for (const float temperature : {0.0f, 1.0f}) {
    Scheduler scheduler(engine_, {});
    auto constraint = std::make_unique<EvenOnly>();
    constraint->left = 3;
    Listener stuck;
    Listener other;
    StreamRequest request = Ask(30, 1, 40, temperature);
    request.log_probabilities = 1;
    ASSERT_TRUE(scheduler.Add(request, stuck, std::move(constraint)));
    ASSERT_TRUE(scheduler.Add(Ask(30, 2, 10), other));
    RunAll(scheduler);
    EXPECT_EQ(stuck.ids.size(), 3u);
    EXPECT_EQ(stuck.end, StreamEnd::kFailed);
    EXPECT_NE(stuck.message.find("no token"), std::string::npos);
    EXPECT_EQ(other.end, StreamEnd::kLength);
  }
}

TEST_F(SchedulerTest, LogProbabilitiesAreTheModelsOwn) {
  Scheduler scheduler(engine_, {});
  StreamRequest request = Ask(30, 1, 5);
  request.log_probabilities = 3;
  request.sampling.repeat_penalty = 1.5f;
  Listener listener;
  ASSERT_TRUE(scheduler.Add(request, listener));
  RunAll(scheduler);
  KvSequence sequence = engine_.NewSequence();
  const Step step{&sequence, request.prompt, 29};
  std::vector<float> logits(static_cast<size_t>(test_.model->config().vocabulary));
  ASSERT_TRUE(engine_.Logits(*engine_.Forward({&step, 1}), logits));
  const StreamToken& token = listener.tokens[0];
  const float log_sum = engine_.LogSumExp(logits);
  EXPECT_EQ(token.log_probability, logits[static_cast<size_t>(token.id)] - log_sum);
  ASSERT_EQ(token.best.size(), 3u);
  EXPECT_EQ(token.best[0].id, ArgMax(logits));
  EXPECT_GE(token.best[0].log_probability, token.best[1].log_probability);
  EXPECT_GE(token.best[1].log_probability, token.best[2].log_probability);
}

}  // namespace
}  // namespace yixin
