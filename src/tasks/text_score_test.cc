#include "tasks/text_score.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tasks/model_for_test.h"

namespace yixin {
namespace {

std::vector<int32_t> SomeIds(size_t count) {
  std::vector<int32_t> ids(count);
  std::iota(ids.begin(), ids.end(), 7);
  return ids;
}

// The model's own distribution behind each position, as a reference.
std::vector<ReferenceRow> OwnRows(TestModel& test, std::span<const int32_t> ids, size_t top) {
  KvSequence sequence = test.engine->NewSequence();
  const Step step{&sequence, ids, 0};
  const auto hidden = *test.engine->Forward({&step, 1});
  const auto vocabulary = static_cast<size_t>(test.model->config().vocabulary);
  std::vector<float> logits(ids.size() * vocabulary);
  EXPECT_TRUE(test.engine->Logits(hidden, logits));
  std::vector<ReferenceRow> rows;
  for (size_t position = 0; position < ids.size(); ++position) {
    const auto row = std::span<const float>(logits).subspan(position * vocabulary, vocabulary);
    ReferenceRow reference{position, std::vector<int32_t>(vocabulary), {}};
    std::iota(reference.ids.begin(), reference.ids.end(), 0);
    std::sort(reference.ids.begin(), reference.ids.end(), [&](int32_t a, int32_t b) {
      return row[static_cast<size_t>(a)] > row[static_cast<size_t>(b)];
    });
    reference.ids.resize(top);
    for (const int32_t id : reference.ids) {
      reference.log_probs.push_back(static_cast<double>(row[static_cast<size_t>(id)]) -
                                    static_cast<double>(test.engine->LogSumExp(row)));
    }
    rows.push_back(std::move(reference));
  }
  return rows;
}

TEST(TextScore, BothWaysGiveTheSameBits) {
  TestModel test;
  const auto ids = SomeIds(40);
  const auto prefill = ScoreText(*test.engine, ids, {}, 4096, false);
  const auto decode = ScoreText(*test.engine, ids, {}, 4096, true);
  ASSERT_TRUE(prefill);
  ASSERT_TRUE(decode);
  EXPECT_EQ(prefill->tokens, 39);
  EXPECT_EQ(prefill->mean_nll, decode->mean_nll);
  EXPECT_GT(prefill->mean_nll, 0);
  EXPECT_TRUE(std::isnan(prefill->mean_kl));
  EXPECT_TRUE(std::isnan(prefill->top1_agreement));
}

TEST(TextScore, TheModelIsNoDistanceFromItself) {
  TestModel test;
  const auto ids = SomeIds(20);
  auto rows = OwnRows(test, ids, 8);
  const auto own = ScoreText(*test.engine, ids, rows, 4096, false);
  ASSERT_TRUE(own);
  EXPECT_NEAR(own->mean_kl, 0, 1e-9);
  EXPECT_EQ(own->top1_agreement, 1);
  // One position of twenty with another favourite.
  std::swap(rows[3].ids[0], rows[3].ids[1]);
  const auto other = ScoreText(*test.engine, ids, rows, 4096, true);
  EXPECT_EQ(other->top1_agreement, 0.95);
  EXPECT_GT(other->mean_kl, 0);
}

TEST(TextScore, LongTextsGoInWindows) {
  TestModel test;
  const auto ids = SomeIds(50);
  const auto windows = ScoreText(*test.engine, ids, {}, 20, false);
  ASSERT_TRUE(windows);
  EXPECT_EQ(windows->tokens, 19 + 19 + 9);
  double nll = 0;
  for (const auto& [begin, count] : {std::pair{0, 20}, {20, 20}, {40, 10}}) {
    const auto part =
        ScoreText(*test.engine,
                  std::span(ids).subspan(static_cast<size_t>(begin), static_cast<size_t>(count)),
                  {}, 4096, true);
    nll += part->mean_nll * part->tokens;
  }
  EXPECT_NEAR(windows->mean_nll, nll / windows->tokens, 1e-12);
}

TEST(TextScore, NeedsTwoTokens) {
  TestModel test;
  const auto score = ScoreText(*test.engine, SomeIds(1), {}, 4096, false);
  ASSERT_FALSE(score);
  EXPECT_EQ(score.error().code, ErrorCode::kInvalidText);
}

}  // namespace
}  // namespace yixin
