#include "base/half.h"

#include <gtest/gtest.h>

#include <cmath>

namespace yixin {
namespace {

TEST(Half, EveryPatternSurvivesTheRoundTrip) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = F16ToFloat(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(F16ToFloat(FloatToF16(value))));
    } else {
      EXPECT_EQ(FloatToF16(value), bits);
    }
  }
}

TEST(Half, RoundsToNearestEvenAtEveryMidpoint) {
  for (uint32_t bits = 0; bits < 0x7bff; ++bits) {
    const float low = F16ToFloat(static_cast<uint16_t>(bits));
    const float high = F16ToFloat(static_cast<uint16_t>(bits + 1));
    const float middle = (low + high) / 2;  // exact: one more bit than F16 has
    const uint32_t even = bits % 2 == 0 ? bits : bits + 1;
    EXPECT_EQ(FloatToF16(middle), even);
    EXPECT_EQ(FloatToF16(std::nextafter(middle, low)), bits);
    EXPECT_EQ(FloatToF16(std::nextafter(middle, high)), bits + 1);
  }
}

TEST(Half, LargeValuesBecomeInfinity) {
  EXPECT_EQ(FloatToF16(65519.0f), 0x7bff);
  EXPECT_EQ(FloatToF16(65520.0f), 0x7c00);
  EXPECT_EQ(FloatToF16(-1e30f), 0xfc00);
}

TEST(Half, Bf16) {
  EXPECT_EQ(Bf16ToFloat(0x3f80), 1.0f);
  EXPECT_EQ(Bf16ToFloat(0xc040), -3.0f);
}

}  // namespace
}  // namespace yixin
