// A queue between two threads that holds so many things and no more: whoever is ahead waits, so
// that memory stays flat however fast the other side is. Tested by: bounded_queue_test.cc
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace yixin {

// Threads: any.
template <typename T>
class BoundedQueue {
 public:
  // In: capacity is not 0.
  explicit BoundedQueue(size_t capacity) : capacity_(capacity) {}

  // Waits while it is full. False once it is closed: the value was not taken.
  bool Push(T value) {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [this] { return is_closed_ || values_.size() < capacity_; });
    if (is_closed_) return false;
    values_.push_back(std::move(value));
    has_value_.notify_one();
    return true;
  }

  // Waits while it is empty. Nothing once it is closed and empty.
  std::optional<T> Pop() {
    std::unique_lock lock(mutex_);
    has_value_.wait(lock, [this] { return is_closed_ || !values_.empty(); });
    if (values_.empty()) return std::nullopt;
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    has_room_.notify_one();
    return value;
  }

  // From either side: nothing more goes in; what is in it can still be taken.
  void Close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    has_room_.notify_all();
    has_value_.notify_all();
  }

 private:
  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable has_room_;
  std::condition_variable has_value_;
  std::deque<T> values_;
  bool is_closed_ = false;
};

}  // namespace yixin
