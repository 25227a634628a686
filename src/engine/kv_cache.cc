// Tested by: kv_cache_test.cc
#include "engine/kv_cache.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>
#include <utility>

#include "base/aligned_buffer.h"

namespace yixin {

struct KvPool::Page {
  explicit Page(size_t bytes) : data(bytes) { Clear(); }
  // Scores are computed for whole pages, the positions not yet written masked afterwards; and
  // nothing of what another sequence said may be stored with a prefix.
  void Clear() { std::memset(data.data(), 0, data.size()); }
  AlignedBuffer<std::byte> data;
  int references = 1;
};

KvPool::KvPool(const KvLayout& layout, size_t max_pages) : layout_(layout), max_pages_(max_pages) {}

KvPool::~KvPool() {
  for (Page* page : free_) delete page;
}

KvPool::Page* KvPool::Acquire() {
  if (used_ == max_pages_) return nullptr;
  Page* page = nullptr;
  if (free_.empty()) {
    // Room for every page to come back: Release runs in destructors, where nothing may throw.
    if (free_.capacity() <= used_) free_.reserve(2 * used_ + 1);
    page = new Page(layout_.PageBytes());
  } else {
    page = free_.back();
    free_.pop_back();
    page->references = 1;
    page->Clear();
  }
  ++used_;
  return page;
}

void KvPool::Release(Page* page) {
  if (--page->references > 0) return;
  free_.push_back(page);
  --used_;
}

KvSequence::KvSequence(KvSequence&& other) noexcept
    : pool_(other.pool_),
      length_(std::exchange(other.length_, 0)),
      pages_(std::exchange(other.pages_, {})),
      pointers_(std::exchange(other.pointers_, {})) {}

KvSequence& KvSequence::operator=(KvSequence&& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(length_, other.length_);
  std::swap(pages_, other.pages_);
  std::swap(pointers_, other.pointers_);
  return *this;
}

KvSequence::~KvSequence() { Truncate(0); }

KvSequence KvSequence::Fork(int32_t length) const {
  assert(length >= 0 && length <= length_);
  KvSequence fork(*pool_);
  const size_t pages = static_cast<size_t>((length + kPagePositions - 1) / kPagePositions);
  // The room first: from the first page on nothing may throw.
  fork.pages_.reserve(pages);
  fork.pointers_.reserve(pages);
  fork.pages_.assign(pages_.begin(), pages_.begin() + static_cast<ptrdiff_t>(pages));
  fork.pointers_.assign(pointers_.begin(), pointers_.begin() + static_cast<ptrdiff_t>(pages));
  for (KvPool::Page* page : fork.pages_) ++page->references;
  fork.length_ = length;
  return fork;
}

void KvSequence::Truncate(int32_t length) {
  length_ = std::min(length_, length);
  const size_t pages = static_cast<size_t>((length_ + kPagePositions - 1) / kPagePositions);
  while (pages_.size() > pages) {
    pool_->Release(pages_.back());
    pages_.pop_back();
    pointers_.pop_back();
  }
}

Status KvSequence::Reserve(int32_t count) {
  const Error full{ErrorCode::kOutOfMemory,
                   "the KV cache is full (" + std::to_string(pool_->max_pages()) + " pages of " +
                       std::to_string(kPagePositions) + " tokens are in use)",
                   "kv_cache"};
  const size_t needed =
      (static_cast<size_t>(length_) + static_cast<size_t>(count) + kPagePositions - 1) /
      kPagePositions;
  // Not more than the pool has, which a hostile count may exceed; one more finds it full.
  const size_t room = std::min(needed, pages_.size() + pool_->max_pages() + 1);
  pages_.reserve(room);
  pointers_.reserve(room);
  // A partial page that somebody else reads too is copied before it is written.
  if (count > 0 && length_ % kPagePositions != 0) {
    const size_t last = static_cast<size_t>(length_ / kPagePositions);
    if (pages_[last]->references > 1) {
      KvPool::Page* copy = pool_->Acquire();
      if (copy == nullptr) return full;
      std::memcpy(copy->data.data(), pages_[last]->data.data(), copy->data.size());
      pool_->Release(pages_[last]);
      pages_[last] = copy;
      pointers_[last] = copy->data.data();
    }
  }
  while (pages_.size() < needed) {
    KvPool::Page* page = pool_->Acquire();
    if (page == nullptr) {
      Truncate(length_);
      return full;
    }
    pages_.push_back(page);
    pointers_.push_back(page->data.data());
  }
  return {};
}

}  // namespace yixin
