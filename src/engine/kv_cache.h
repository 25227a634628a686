// Sequences of keys and values over pages that are shared by reference and copied when written.
// A fork costs a vector of pointers and, where it ends inside a page, one page when it next grows.
// Tested by: kv_cache_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/kv_page.h"
#include "yixin/result.h"

namespace yixin {

// Pages that so many positions take.
constexpr size_t PagesFor(size_t positions) {
  return (positions + kPagePositions - 1) / kPagePositions;
}

// Hands out pages, zeroed, and takes them back. It outlives its sequences.
// Threads: one at a time.
class KvPool {
 public:
  // At most `max_pages` pages alive at once.
  KvPool(const KvLayout& layout, size_t max_pages);
  ~KvPool();
  KvPool(const KvPool&) = delete;
  KvPool& operator=(const KvPool&) = delete;

  const KvLayout& layout() const { return layout_; }
  size_t max_pages() const { return max_pages_; }
  size_t used_pages() const { return used_; }

 private:
  friend class KvSequence;
  struct Page;
  Page* Acquire();  // null when the pool is full
  void Release(Page* page);

  KvLayout layout_;
  size_t max_pages_;
  size_t used_ = 0;
  std::vector<Page*> free_;
};

class KvSequence {
 public:
  explicit KvSequence(KvPool& pool) : pool_(&pool) {}
  KvSequence(KvSequence&& other) noexcept;
  KvSequence& operator=(KvSequence&& other) noexcept;
  KvSequence(const KvSequence&) = delete;  // a copy has a name: Fork
  KvSequence& operator=(const KvSequence&) = delete;
  ~KvSequence();

  const KvLayout& layout() const { return pool_->layout(); }
  int32_t length() const { return length_; }
  // The first `length` positions, shared. In: length <= this->length().
  KvSequence Fork(int32_t length) const;
  KvSequence Fork() const { return Fork(length_); }
  // Forgets the positions from `length` on.
  void Truncate(int32_t length);

  // Makes [length(), length() + count) writable: new pages, and a copy of a shared partial one.
  // Errors: kOutOfMemory when the pool is full; the sequence is unchanged then.
  Status Reserve(int32_t count);
  // After the decoder has written `count` reserved positions.
  void Advance(int32_t count) { length_ += count; }
  // One pointer a page, covering the reserved positions.
  std::span<std::byte* const> pages() const { return pointers_; }

 private:
  KvPool* pool_;
  int32_t length_ = 0;
  std::vector<KvPool::Page*> pages_;
  std::vector<std::byte*> pointers_;
};

}  // namespace yixin
