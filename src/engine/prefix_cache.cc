// Tested by: prefix_cache_test.cc
#include "engine/prefix_cache.h"

#include <algorithm>

namespace yixin {

const KvSequence* PrefixCache::Find(std::span<const int32_t> ids) {
  const auto found = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return std::ranges::equal(entry.ids, ids); });
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  return &found->sequence;
}

void PrefixCache::Insert(std::span<const int32_t> ids, const KvSequence& sequence) {
  if (ids.size() > most_tokens_) return;
  while (tokens_ + ids.size() > most_tokens_) {
    tokens_ -= entries_.back().ids.size();
    entries_.pop_back();
  }
  entries_.push_front({{ids.begin(), ids.end()}, sequence.Fork()});
  tokens_ += ids.size();
}

}  // namespace yixin
