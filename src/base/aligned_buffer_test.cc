#include "base/aligned_buffer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <new>

namespace yixin {
namespace {

TEST(AlignedBuffer, StandsOnACacheLine) {
  for (const size_t size : {0, 1, 15, 16, 1000}) {
    AlignedBuffer<float> buffer(size);
    EXPECT_EQ(buffer.size(), size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 64, 0u);
    for (size_t i = 0; i < size; ++i) buffer[i] = 1.0f;
  }
}

TEST(AlignedBuffer, ASizeWhoseBytesOverflowIsOutOfMemory) {
  // Four bytes each: 2^64 + 4 of them.
  EXPECT_THROW(AlignedBuffer<float>(SIZE_MAX / 4 + 2), std::bad_alloc);
  EXPECT_THROW(AlignedBuffer<int8_t>(SIZE_MAX - 3), std::bad_alloc);
}

}  // namespace
}  // namespace yixin
