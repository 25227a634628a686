#include "engine/prefix_cache.h"

#include <gtest/gtest.h>

#include <vector>

namespace yixin {
namespace {

using Ids = std::vector<int32_t>;

class PrefixCacheTest : public testing::Test {
 protected:
  static KvLayout Layout() {
    ModelConfig config;
    config.layers = config.kv_heads = 1;
    config.head_dim = 2;
    return {config, NumericForm::kRotatedInt8};
  }
  void Insert(const Ids& ids) {
    KvSequence sequence(pool_);
    ASSERT_TRUE(sequence.Reserve(static_cast<int32_t>(ids.size())));
    sequence.Advance(static_cast<int32_t>(ids.size()));
    cache_.Insert(ids, sequence);
  }

  KvPool pool_{Layout(), 100};
  PrefixCache cache_{6};
};

TEST_F(PrefixCacheTest, FindsTheVeryIds) {
  Insert({1, 2, 3});
  ASSERT_NE(cache_.Find(Ids{1, 2, 3}), nullptr);
  EXPECT_EQ(cache_.Find(Ids{1, 2, 3})->length(), 3);
  EXPECT_EQ(cache_.Find(Ids{1, 2}), nullptr);
  EXPECT_EQ(cache_.Find(Ids{1, 2, 3, 4}), nullptr);
  EXPECT_EQ(cache_.Find(Ids{1, 2, 4}), nullptr);
  EXPECT_EQ(cache_.Find(Ids{}), nullptr);
}

TEST_F(PrefixCacheTest, TheLeastRecentlyUsedGoes) {
  Insert({1, 1, 1});
  Insert({2, 2});
  EXPECT_NE(cache_.Find(Ids{1, 1, 1}), nullptr);
  Insert({3, 3, 3});
  EXPECT_EQ(cache_.Find(Ids{2, 2}), nullptr);
  EXPECT_NE(cache_.Find(Ids{1, 1, 1}), nullptr);
  EXPECT_NE(cache_.Find(Ids{3, 3, 3}), nullptr);
  Insert({4, 4, 4, 4, 4, 4});
  EXPECT_EQ(cache_.Find(Ids{3, 3, 3}), nullptr);
  EXPECT_EQ(pool_.used_pages(), 1u) << "what went gave its pages back";
}

TEST_F(PrefixCacheTest, WhatCanNeverFitIsNotKept) {
  Insert({1, 2});
  Insert({1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(cache_.Find(Ids{1, 2, 3, 4, 5, 6, 7}), nullptr);
  EXPECT_NE(cache_.Find(Ids{1, 2}), nullptr) << "nothing made room for it";
}

TEST_F(PrefixCacheTest, AForkOutlivesItsPrefix) {
  Insert({1, 2, 3});
  const KvSequence fork = cache_.Find(Ids{1, 2, 3})->Fork();
  Insert({4, 4, 4, 4, 4, 4});
  EXPECT_EQ(fork.length(), 3);
  EXPECT_EQ(pool_.used_pages(), 2u);
}

}  // namespace
}  // namespace yixin
