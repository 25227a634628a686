// Batch invariance, the property that everything above relies on, on every kernel table of this
// CPU.
#include "engine/engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "engine/engine_for_test.h"

namespace yixin {
namespace {

std::vector<float> Hidden(Engine& engine, KvSequence& sequence, std::span<const int32_t> tokens) {
  const Step step{&sequence, tokens, 0};
  auto hidden = engine.Forward({&step, 1});
  EXPECT_TRUE(hidden);
  return *std::move(hidden);
}

std::vector<float> Alone(const Model& model, std::span<const int32_t> tokens, int threads,
                         int chunk) {
  Engine engine(model, {.threads = threads, .chunk_tokens = chunk});
  KvSequence sequence = engine.NewSequence();
  return Hidden(engine, sequence, tokens);
}

class EngineOnTable : public testing::TestWithParam<const KernelTable*> {};

TEST_P(EngineOnTable, ThreadsAndChunksDoNotChangeABit) {
  const TestModel test(*GetParam());
  const auto tokens = SomeTokens(75, 1);
  const auto expected = Alone(*test.model, tokens, 1, 256);
  EXPECT_EQ(expected, Alone(*test.model, tokens, 2, 256));
  EXPECT_EQ(expected, Alone(*test.model, tokens, 3, 7));
  EXPECT_EQ(expected, Alone(*test.model, tokens, 1, 1)) << "decoding, a token a pass";
  EXPECT_EQ(expected, Alone(*test.model, tokens, 2, 32));
}

TEST_P(EngineOnTable, ABatchOfSevenDoesNotChangeABit) {
  const TestModel test(*GetParam());
  std::vector<std::vector<int32_t>> texts;
  std::vector<float> expected;
  for (uint32_t i = 0; i < 7; ++i) {
    texts.push_back(SomeTokens(1 + i * 13, i));
    const auto alone = Alone(*test.model, texts.back(), 1, 256);
    expected.insert(expected.end(), alone.begin(), alone.end());
  }
  for (const int chunk : {256, 50, 3}) {
    Engine engine(*test.model, {.threads = 2, .chunk_tokens = chunk});
    std::vector<KvSequence> sequences;
    std::vector<Step> steps;
    for (size_t i = 0; i < texts.size(); ++i) sequences.push_back(engine.NewSequence());
    for (size_t i = 0; i < texts.size(); ++i) steps.push_back({&sequences[i], texts[i], 0});
    const auto batch = engine.Forward(steps);
    ASSERT_TRUE(batch);
    EXPECT_EQ(*batch, expected) << "chunk " << chunk;
  }
}

TEST_P(EngineOnTable, ASharedPrefixDoesNotChangeABit) {
  const TestModel test(*GetParam());
  const auto prefix = SomeTokens(45, 3);
  Engine engine(*test.model, {.threads = 2});
  KvSequence shared = engine.NewSequence();
  Hidden(engine, shared, prefix);
  for (const size_t kept : {45, 32, 10}) {
    for (uint32_t i = 0; i < 3; ++i) {
      auto whole = SomeTokens(45, 3);
      whole.resize(kept);
      const auto suffix = SomeTokens(20 + i, 7 + i);
      whole.insert(whole.end(), suffix.begin(), suffix.end());
      KvSequence fork = shared.Fork(static_cast<int32_t>(kept));
      const auto forked = Hidden(engine, fork, suffix);
      const auto alone = Alone(*test.model, whole, 1, 256);
      EXPECT_TRUE(std::equal(forked.begin(), forked.end(), alone.end() - forked.size()));
    }
  }
}

TEST_P(EngineOnTable, OutputsAreTheWantedPositionsInOrder) {
  const TestModel test(*GetParam());
  const auto a = SomeTokens(40, 5);
  const auto b = SomeTokens(9, 6);
  const auto all_a = Alone(*test.model, a, 1, 256);
  const auto all_b = Alone(*test.model, b, 1, 256);
  Engine engine(*test.model, {.threads = 1, .chunk_tokens = 16});
  KvSequence first = engine.NewSequence();
  KvSequence none = engine.NewSequence();
  KvSequence second = engine.NewSequence();
  const Step steps[] = {{&first, a, 38}, {&none, b, 9}, {&second, b, 8}};
  const auto hidden = engine.Forward(steps);
  ASSERT_TRUE(hidden);
  std::vector<float> expected(all_a.end() - 2 * 64, all_a.end());
  expected.insert(expected.end(), all_b.end() - 64, all_b.end());
  EXPECT_EQ(*hidden, expected);
}

// The last layer computes wanted rows alone; keys and values of the others are stored all the same.
TEST_P(EngineOnTable, WhatIsNotWantedDoesNotChangeABit) {
  const TestModel test(*GetParam());
  const auto prefix = SomeTokens(13, 20);
  const auto tokens = SomeTokens(75, 21);
  const auto next = SomeTokens(5, 22);
  auto whole = prefix;
  whole.insert(whole.end(), tokens.begin(), tokens.end());
  whole.insert(whole.end(), next.begin(), next.end());
  const auto all = Alone(*test.model, whole, 1, 256);
  const auto width = static_cast<size_t>(test.model->config().hidden);
  const auto rows = [&](size_t begin, size_t end) {
    return std::vector<float>(all.begin() + static_cast<std::ptrdiff_t>(begin * width),
                              all.begin() + static_cast<std::ptrdiff_t>(end * width));
  };
  for (const int first_output : {0, 1, 16, 31, 60, 74, 75}) {
    for (const int chunk : {256, 20, 1}) {
      Engine engine(*test.model, {.threads = 1 + first_output % 3, .chunk_tokens = chunk});
      KvSequence sequence = engine.NewSequence();
      const Step begin{&sequence, prefix, 13};
      ASSERT_TRUE(engine.Forward({&begin, 1}));
      const Step step{&sequence, tokens, first_output};
      const auto hidden = engine.Forward({&step, 1});
      ASSERT_TRUE(hidden);
      EXPECT_EQ(*hidden, rows(13 + static_cast<size_t>(first_output), 13 + 75))
          << "from " << first_output << ", chunk " << chunk;
      EXPECT_EQ(Hidden(engine, sequence, next), rows(13 + 75, 13 + 75 + 5))
          << "after " << first_output << ", chunk " << chunk;
    }
  }
}

TEST_P(EngineOnTable, LabelRowsAreTheRowsOfTheWholeHead) {
  for (const bool tied : {false, true}) {
    const TestModel test(*GetParam(), {.tied_head = tied});
    Engine engine(*test.model, {.threads = 2});
    KvSequence sequence = engine.NewSequence();
    const auto hidden = Hidden(engine, sequence, SomeTokens(5, 9));
    const auto vocabulary = static_cast<size_t>(test.model->config().vocabulary);
    std::vector<float> all(5 * vocabulary);
    ASSERT_TRUE(engine.Logits(hidden, all));
    const std::vector<int32_t> ids = {17, 0, static_cast<int32_t>(vocabulary) - 1, 100};
    std::vector<float> some(5 * ids.size());
    ASSERT_TRUE(engine.LabelLogits(hidden, ids, some));
    for (size_t row = 0; row < 5; ++row) {
      for (size_t j = 0; j < ids.size(); ++j) {
        EXPECT_EQ(some[row * ids.size() + j], all[row * vocabulary + ids[j]]);
      }
    }
  }
}

// What a head is fitted on: the same from one pass over all layers, from one that stops early, in
// pieces, in a batch and behind a prefix; and what a model of so many layers ends with.
TEST_P(EngineOnTable, HiddenStatesInsideAreThoseOfAShorterModel) {
  const TestModel test(*GetParam(), {.layers = 4});
  const auto prefix = SomeTokens(13, 30);
  const auto a = SomeTokens(40, 31);
  const auto b = SomeTokens(9, 32);
  std::vector<std::vector<float>> expected;  // of each depth: a's last two positions, b's last
  for (const uint32_t layers : {1u, 2u, 3u, 4u}) {
    const TestModel cut(*GetParam(), {.layers = layers});
    auto& rows = expected.emplace_back();
    for (const auto& [tokens, count] : {std::pair(&a, 2), std::pair(&b, 1)}) {
      auto whole = prefix;
      whole.insert(whole.end(), tokens->begin(), tokens->end());
      const auto all = Alone(*cut.model, whole, 1, 256);
      rows.insert(rows.end(), all.end() - count * 64, all.end());
    }
  }
  const std::vector<std::vector<int>> choices = {{1, 2, 3, 4}, {4}, {3}, {1, 3}, {1}};
  for (const std::vector<int>& blocks : choices) {
    for (const int chunk : {256, 16, 1}) {
      Engine engine(*test.model, {.threads = 1 + chunk % 3, .chunk_tokens = chunk});
      KvSequence shared = engine.NewSequence();
      Hidden(engine, shared, prefix);
      KvSequence first = shared.Fork();
      KvSequence second = shared.Fork();
      const Step steps[] = {{&first, a, 38}, {&second, b, 8}};
      const auto hidden = engine.ForwardToBlocks(steps, blocks);
      ASSERT_TRUE(hidden);
      ASSERT_EQ(hidden->size(), 3 * blocks.size() * 64);
      for (size_t row = 0; row < 3; ++row) {
        for (size_t i = 0; i < blocks.size(); ++i) {
          const auto* state = hidden->data() + (row * blocks.size() + i) * 64;
          const auto& depth = expected[static_cast<size_t>(blocks[i]) - 1];
          EXPECT_EQ(std::vector<float>(state, state + 64),
                    std::vector<float>(depth.begin() + static_cast<std::ptrdiff_t>(row * 64),
                                       depth.begin() + static_cast<std::ptrdiff_t>(row * 64 + 64)))
              << "row " << row << ", block " << blocks[i] << ", chunk " << chunk;
        }
      }
      // A pass that stopped early left no trace.
      EXPECT_EQ(first.length(), blocks.back() == 4 ? 13 + 40 : 13);
      first.Truncate(13);
      auto whole = prefix;
      whole.insert(whole.end(), b.begin(), b.end());
      const auto alone = Alone(*test.model, whole, 1, 256);
      const auto after = Hidden(engine, first, b);
      EXPECT_TRUE(std::equal(after.begin(), after.end(), alone.end() - after.size()));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, EngineOnTable, testing::ValuesIn(UsableTables()),
                         [](const auto& table) { return std::string(table.param->name); });

// The rotated int8 form is a quantization of the specification, for both architectures.
TEST(Engine, EveryTableIsCloseToTheReference) {
  for (const char* architecture : {"qwen2", "llama"}) {
    const TinyModelOptions options{.architecture = architecture, .hidden = 128, .heads = 8};
    const auto tokens = SomeTokens(40, 11);
    const TestModel reference(**SelectKernels("reference"), options);
    const auto expected = Alone(*reference.model, tokens, 1, 256);
    for (const KernelTable* table : UsableTables()) {
      const TestModel test(*table, options);
      const auto hidden = Alone(*test.model, tokens, 1, 256);
      double error = 0;
      double total = 0;
      for (size_t i = 0; i < hidden.size(); ++i) {
        error += std::pow(hidden[i] - expected[i], 2);
        total += std::pow(expected[i], 2);
      }
      EXPECT_LT(std::sqrt(error / total), 0.05) << table->name << " " << architecture;
    }
  }
}

TEST(Engine, AFullCacheOrAStopLeavesTheSequenceAsItWas) {
  const TestModel test(**SelectKernels(""));
  Engine engine(*test.model, {.threads = 1, .chunk_tokens = 8, .max_kv_tokens = 64});
  KvSequence sequence = engine.NewSequence();
  const auto prefix = SomeTokens(10, 1);
  const auto first = Hidden(engine, sequence, prefix);
  const auto tokens = SomeTokens(60, 2);
  const Step step{&sequence, tokens, 0};
  const auto full = engine.Forward({&step, 1});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kOutOfMemory);
  EXPECT_EQ(sequence.length(), 10);
  StopFlag stop;
  stop.Request();
  const Step shorter{&sequence, std::span(tokens).first(20), 0};
  const auto stopped = engine.Forward({&shorter, 1}, &stop);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(sequence.length(), 10);
  const auto after = Hidden(engine, sequence, shorter.tokens);
  auto whole = prefix;
  whole.insert(whole.end(), shorter.tokens.begin(), shorter.tokens.end());
  const auto alone = Alone(*test.model, whole, 1, 256);
  EXPECT_TRUE(std::equal(after.begin(), after.end(), alone.end() - after.size()));
}

// The best table, whose feed-forward step runs out of memory now and then.
int steps_until_failure = 0;
KernelTable FailingTable() {
  static const KernelTable* const table = *SelectKernels("");
  KernelTable failing = *table;
  failing.prepare_gated = [](const GatedRows& x, int cols, int row, const Activations& out,
                             float* work) {
    if (steps_until_failure > 0 && --steps_until_failure == 0) throw std::bad_alloc();
    table->prepare_gated(x, cols, row, out, work);
  };
  return failing;
}

TEST(Engine, ExhaustedMemoryLeavesTheSequencesAsTheyWere) {
  const KernelTable failing = FailingTable();
  const TestModel test(failing);
  Engine engine(*test.model, {.threads = 1, .chunk_tokens = 8});
  KvSequence sequence = engine.NewSequence();
  const auto prefix = SomeTokens(10, 1);
  Hidden(engine, sequence, prefix);
  const auto tokens = SomeTokens(50, 2);
  const Step step{&sequence, tokens, 0};
  steps_until_failure = 2 * 20;  // in the second layer of the third chunk
  EXPECT_THROW((void)engine.Forward({&step, 1}), std::bad_alloc);
  EXPECT_EQ(sequence.length(), 10);
  EXPECT_EQ(engine.kv_pool().used_pages(), 1u);
  auto whole = prefix;
  whole.insert(whole.end(), tokens.begin(), tokens.end());
  const auto alone = Alone(*test.model, whole, 1, 256);
  const auto after = Hidden(engine, sequence, tokens);
  EXPECT_TRUE(std::equal(after.begin(), after.end(), alone.end() - after.size()));
}

TEST_P(EngineOnTable, WhatARecycledPageHeldDoesNotMatter) {
  const TestModel test(*GetParam());
  const auto tokens = SomeTokens(40, 4);
  const auto expected = Alone(*test.model, tokens, 1, 256);
  Engine engine(*test.model, {.threads = 1, .chunk_tokens = 7});
  {
    KvSequence poisoned = engine.NewSequence();
    ASSERT_TRUE(poisoned.Reserve(64));
    for (std::byte* page : poisoned.pages()) {
      std::memset(page, 0xff, engine.kv_pool().layout().PageBytes());  // NaN in every format
    }
  }
  KvSequence sequence = engine.NewSequence();
  EXPECT_EQ(Hidden(engine, sequence, tokens), expected);
}

TEST_P(EngineOnTable, EmptyStepsAndNoSteps) {
  const TestModel test(*GetParam());
  Engine engine(*test.model, {.threads = 2, .chunk_tokens = 4});
  const auto none = engine.Forward({});
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  KvSequence empty = engine.NewSequence();
  KvSequence sequence = engine.NewSequence();
  const auto tokens = SomeTokens(9, 1);
  const Step steps[] = {{&empty, {}, 0}, {&sequence, tokens, 100}};
  const auto hidden = engine.Forward(steps);
  ASSERT_TRUE(hidden);
  EXPECT_TRUE(hidden->empty()) << "no output is wanted";
  EXPECT_EQ(empty.length(), 0);
  EXPECT_EQ(sequence.length(), 9);
  EXPECT_TRUE(engine.Logits({}, {}));
  EXPECT_TRUE(engine.LabelLogits(std::vector<float>(64, 1.0f), {}, {}));
}

TEST(Engine, NegativeThreadsAreOne) {
  const TestModel test(**SelectKernels(""));
  Engine engine(*test.model, {.threads = -3});
  EXPECT_EQ(engine.threads(), 1);
  KvSequence sequence = engine.NewSequence();
  EXPECT_EQ(Hidden(engine, sequence, SomeTokens(3, 1)).size(), 3u * 64);
}

#ifndef NDEBUG
TEST(EngineDeathTest, AnIdOutsideTheVocabularyIsAProgrammersError) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const TestModel test(**SelectKernels(""));
  Engine engine(*test.model, {.threads = 1});
  KvSequence sequence = engine.NewSequence();
  for (const int32_t id : {-1, test.model->config().vocabulary}) {
    const Step step{&sequence, {&id, 1}, 0};
    EXPECT_DEATH((void)engine.Forward({&step, 1}), "AreIds");
    float logit = 0;
    EXPECT_DEATH((void)engine.LabelLogits(std::vector<float>(64), {&id, 1}, {&logit, 1}), "AreIds");
  }
}
#endif

TEST(Engine, LogitsThatAreNotFiniteAreAnError) {
  const TestModel test(**SelectKernels(""));
  Engine engine(*test.model, {.threads = 1});
  std::vector<float> hidden(64, 1.0f);
  hidden[3] = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> logits(static_cast<size_t>(test.model->config().vocabulary));
  const Status status = engine.Logits(hidden, logits);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace yixin
