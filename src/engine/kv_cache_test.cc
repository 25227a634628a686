#include "engine/kv_cache.h"

#include <gtest/gtest.h>

#include <utility>

namespace yixin {
namespace {

KvLayout SmallLayout() {
  ModelConfig config;
  config.layers = 1;
  config.kv_heads = 1;
  config.head_dim = 2;
  return {config, NumericForm::kRotatedInt8};
}

void Append(KvSequence& sequence, int32_t count) {
  ASSERT_TRUE(sequence.Reserve(count));
  sequence.Advance(count);
}

TEST(KvCache, GrowsByPages) {
  KvPool pool(SmallLayout(), 10);
  KvSequence sequence(pool);
  Append(sequence, 1);
  EXPECT_EQ(pool.used_pages(), 1u);
  Append(sequence, kPagePositions - 1);
  EXPECT_EQ(pool.used_pages(), 1u);
  Append(sequence, 1);
  EXPECT_EQ(pool.used_pages(), 2u);
  EXPECT_EQ(sequence.pages().size(), 2u);
  sequence.Truncate(kPagePositions);
  EXPECT_EQ(pool.used_pages(), 1u);
}

TEST(KvCache, AForkSharesUntilItIsWritten) {
  KvPool pool(SmallLayout(), 10);
  KvSequence sequence(pool);
  Append(sequence, kPagePositions + 5);
  sequence.pages()[1][0] = std::byte{42};
  KvSequence fork = sequence.Fork();
  EXPECT_EQ(pool.used_pages(), 2u);
  EXPECT_EQ(fork.pages()[1], sequence.pages()[1]);
  Append(fork, 1);
  EXPECT_EQ(pool.used_pages(), 3u) << "the partial page was copied";
  EXPECT_EQ(fork.pages()[0], sequence.pages()[0]) << "the full page is still shared";
  EXPECT_NE(fork.pages()[1], sequence.pages()[1]);
  EXPECT_EQ(fork.pages()[1][0], std::byte{42});
  fork.pages()[1][0] = std::byte{43};
  EXPECT_EQ(sequence.pages()[1][0], std::byte{42});
}

TEST(KvCache, TheOriginalToIsCopiedWhenItGrowsFirst) {
  KvPool pool(SmallLayout(), 10);
  KvSequence sequence(pool);
  Append(sequence, 5);
  const KvSequence fork = sequence.Fork(3);
  const std::byte* shared = fork.pages()[0];
  Append(sequence, 1);
  EXPECT_NE(sequence.pages()[0], shared);
  EXPECT_EQ(fork.pages()[0], shared);
  EXPECT_EQ(fork.length(), 3);
}

TEST(KvCache, AForkAtAPageBoundaryCopiesNothing) {
  KvPool pool(SmallLayout(), 10);
  KvSequence sequence(pool);
  Append(sequence, 2 * kPagePositions);
  KvSequence fork = sequence.Fork(kPagePositions);
  Append(fork, 1);
  EXPECT_EQ(pool.used_pages(), 3u);
}

TEST(KvCache, AFullPoolLeavesTheSequenceAsItWas) {
  KvPool pool(SmallLayout(), 2);
  KvSequence sequence(pool);
  Append(sequence, 3);
  const Status status = sequence.Reserve(2 * kPagePositions);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kOutOfMemory);
  EXPECT_EQ(sequence.length(), 3);
  EXPECT_EQ(pool.used_pages(), 1u);
  Append(sequence, kPagePositions);
}

TEST(KvCache, PagesComeBack) {
  KvPool pool(SmallLayout(), 4);
  {
    KvSequence sequence(pool);
    Append(sequence, 100);
    KvSequence moved = std::move(sequence);
    const KvSequence fork = moved.Fork();
    EXPECT_EQ(pool.used_pages(), 4u);
  }
  EXPECT_EQ(pool.used_pages(), 0u);
}

}  // namespace
}  // namespace yixin
