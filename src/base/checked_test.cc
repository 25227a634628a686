#include "base/checked.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace yixin {
namespace {

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

TEST(Checked, OverflowIsNothing) {
  EXPECT_EQ(CheckedAdd<uint64_t>(kMax, 1), std::nullopt);
  EXPECT_EQ(CheckedAdd<uint64_t>(kMax - 1, 1), kMax);
  EXPECT_EQ(CheckedMul<uint64_t>(uint64_t{1} << 63, 2), std::nullopt);
  EXPECT_EQ(CheckedMul<uint64_t>(uint64_t{1} << 62, 2), uint64_t{1} << 63);
}

TEST(Checked, AlignUp) {
  EXPECT_EQ(CheckedAlignUp<uint64_t>(0, 32), 0u);
  EXPECT_EQ(CheckedAlignUp<uint64_t>(1, 32), 32u);
  EXPECT_EQ(CheckedAlignUp<uint64_t>(64, 32), 64u);
  EXPECT_EQ(CheckedAlignUp<uint64_t>(kMax, 32), std::nullopt);
}

}  // namespace
}  // namespace yixin
