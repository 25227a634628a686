#include "engine/history_cache.h"

#include <gtest/gtest.h>

#include <numeric>

namespace yixin {
namespace {

using Ids = std::vector<int32_t>;

Ids UpTo(int32_t count, int32_t first = 0) {
  Ids ids(static_cast<size_t>(count));
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

class HistoryCacheTest : public testing::Test {
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
  int32_t Found(const Ids& ids, size_t least = 1, size_t most = 1000) {
    const auto found = cache_.Find(ids, least, most);
    return found ? found->length() : 0;
  }

  KvPool pool_{Layout(), 100};
  HistoryCache cache_;
};

TEST_F(HistoryCacheTest, FindsTheLongestBeginning) {
  Insert(UpTo(40));
  Ids other = UpTo(20);
  other.push_back(77);
  Insert(other);
  EXPECT_EQ(Found(UpTo(60)), 40);
  EXPECT_EQ(Found(UpTo(30)), 30) << "a part of an entry";
  EXPECT_EQ(Found(other), 21);
  EXPECT_EQ(Found(UpTo(60), 1, 10), 10);
  EXPECT_EQ(Found(UpTo(60), 41), 0);
  EXPECT_EQ(Found({5}), 0);
  EXPECT_EQ(Found({}), 0);
}

TEST_F(HistoryCacheTest, ALongerHistoryTakesThePlaceOfTheOneItGoesOnFrom) {
  Insert(UpTo(32));
  EXPECT_EQ(cache_.pages(), 1u);
  Insert(UpTo(33));
  EXPECT_EQ(cache_.pages(), 2u);
  Insert(UpTo(20));
  EXPECT_EQ(cache_.pages(), 2u) << "known already";
  EXPECT_EQ(Found(UpTo(33)), 33);
  EXPECT_EQ(pool_.used_pages(), 2u);
}

TEST_F(HistoryCacheTest, TheLeastRecentlyUsedGoesFirst) {
  Insert(UpTo(10, 100));
  Insert(UpTo(10, 200));
  EXPECT_EQ(Found(UpTo(10, 100)), 10);
  cache_.DropOldest();
  EXPECT_EQ(Found(UpTo(10, 200)), 0);
  EXPECT_EQ(Found(UpTo(10, 100)), 10);
  cache_.DropOldest();
  EXPECT_TRUE(cache_.empty());
  EXPECT_EQ(cache_.pages(), 0u);
  EXPECT_EQ(pool_.used_pages(), 0u);
}

}  // namespace
}  // namespace yixin
