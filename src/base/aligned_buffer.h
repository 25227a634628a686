// Owned storage on cache-line boundaries, for what vector instructions read. Not initialised.
// Tested by: aligned_buffer_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace yixin {

template <typename T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  AlignedBuffer() = default;
  // Throws std::bad_alloc, which is caught at the doors.
  explicit AlignedBuffer(size_t size) : size_(size) {
    constexpr size_t kLine = 64;
    if (size > (PTRDIFF_MAX - kLine) / sizeof(T)) throw std::bad_alloc();
    const size_t bytes = (size * sizeof(T) + kLine - 1) / kLine * kLine;
    data_.reset(static_cast<T*>(std::aligned_alloc(kLine, bytes > 0 ? bytes : kLine)));
    if (data_ == nullptr) throw std::bad_alloc();
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  size_t size() const { return size_; }
  T& operator[](size_t i) { return data_.get()[i]; }
  const T& operator[](size_t i) const { return data_.get()[i]; }

 private:
  struct Free {
    void operator()(T* data) const { std::free(data); }
  };
  std::unique_ptr<T, Free> data_;
  size_t size_ = 0;
};

}  // namespace yixin
