// Prefixes that a process has computed or read, shared by all that begin with them: classifiers and
// conversations of one task. Bounded, the least recently used go first; a fork that is in use keeps
// its pages. Tested by: prefix_cache_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <vector>

#include "engine/kv_cache.h"

namespace yixin {

// Threads: one at a time.
class PrefixCache {
 public:
  // Holds prefixes of at most so many tokens together.
  explicit PrefixCache(size_t most_tokens) : most_tokens_(most_tokens) {}

  // The sequence of just these ids, or nullptr. It lives until the next Insert.
  const KvSequence* Find(std::span<const int32_t> ids);
  // In: a sequence of just these ids, which are not in here. More than fit are not kept.
  void Insert(std::span<const int32_t> ids, const KvSequence& sequence);

 private:
  struct Entry {
    std::vector<int32_t> ids;
    KvSequence sequence;
  };
  std::list<Entry> entries_;  // the most recently used first
  size_t tokens_ = 0;
  size_t most_tokens_;
};

}  // namespace yixin
