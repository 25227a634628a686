// Tested by: history_cache_test.cc
#include "engine/history_cache.h"

#include <algorithm>
#include <cassert>

namespace yixin {

size_t CommonLength(std::span<const int32_t> a, std::span<const int32_t> b) {
  return static_cast<size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

std::optional<KvSequence> HistoryCache::Find(std::span<const int32_t> ids, size_t least,
                                             size_t most) {
  auto best = entries_.end();
  size_t common = 0;
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    const size_t length = std::min(CommonLength(ids, entry->ids), most);
    if (length > common) {
      best = entry;
      common = length;
    }
  }
  if (best == entries_.end() || common < least) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, best);
  return best->sequence.Fork(static_cast<int32_t>(common));
}

void HistoryCache::Insert(std::span<const int32_t> ids, const KvSequence& sequence) {
  assert(!ids.empty() && ids.size() == static_cast<size_t>(sequence.length()));
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const size_t common = CommonLength(ids, entry->ids);
    if (common == ids.size()) {  // known already, and perhaps more
      entries_.splice(entries_.begin(), entries_, entry);
      return;
    }
    if (common == entry->ids.size()) {
      pages_ -= PagesFor(entry->ids.size());
      entry = entries_.erase(entry);
    } else {
      ++entry;
    }
  }
  entries_.push_front({{ids.begin(), ids.end()}, sequence.Fork()});
  pages_ += PagesFor(ids.size());
}

void HistoryCache::DropOldest() {
  pages_ -= PagesFor(entries_.back().ids.size());
  entries_.pop_back();
}

}  // namespace yixin
