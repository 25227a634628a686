// Keys and values of what streams have computed, for the next one that begins alike: a conversation
// comes again with one turn more, many bring the same system prompt. Unlike PrefixCache, which
// holds what tasks say, it is found by the longest common beginning. Bounded, the least recently
// used go first. Tested by: history_cache_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <vector>

#include "engine/kv_cache.h"

namespace yixin {

// How many ids both begin with.
size_t CommonLength(std::span<const int32_t> a, std::span<const int32_t> b);

// Threads: one at a time.
class HistoryCache {
 public:
  // A fork of the longest known beginning of `ids`, at most `most` positions of it; nothing where
  // none has `least`. Cost: entries x their common length.
  std::optional<KvSequence> Find(std::span<const int32_t> ids, size_t least, size_t most);
  // In: ids.size() == sequence.length(), not 0. It takes the place of an entry that it goes on
  // from; nothing happens where an entry goes on from it.
  void Insert(std::span<const int32_t> ids, const KvSequence& sequence);

  // Pages that the entries would hold if they shared none.
  size_t pages() const { return pages_; }
  // The least recently used one goes. In: not empty.
  void DropOldest();
  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::vector<int32_t> ids;
    KvSequence sequence;
  };

  std::list<Entry> entries_;  // the most recently used first
  size_t pages_ = 0;
};

}  // namespace yixin
