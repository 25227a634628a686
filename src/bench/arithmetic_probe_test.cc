// Every probe that this CPU can run multiplies what it says: the last block against a plain loop.
#include "bench/arithmetic_probe.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <vector>

#include "bench/machine.h"

namespace yixin {
namespace {

struct alignas(64) Line {
  int8_t bytes[64];
};

TEST(ArithmeticProbeTest, ProductsAreRight) {
  if (UsableProbes().empty()) std::printf("NOT TESTED: no probe for this CPU\n");
  for (const ArithmeticProbe* probe : UsableProbes()) {
    SCOPED_TRACE(probe->kernels);
    constexpr int kRows = 2 * kProbeRows;
    constexpr int kPanels = 2 * kProbePanels;
    constexpr int kDepth = 192;
    std::mt19937 random(1);
    std::vector<Line> a_lines(kRows * kDepth / 64);
    std::vector<Line> b_lines(kPanels * 16 * kDepth / 64);
    int8_t* a = a_lines.front().bytes;
    int8_t* b = b_lines.front().bytes;
    for (int i = 0; i < kRows * kDepth; ++i) a[i] = static_cast<int8_t>(random() % 128);
    for (int i = 0; i < kPanels * 16 * kDepth; ++i) {
      b[i] = static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
    }
    std::vector<int32_t> block(kProbeRows * kProbePanels * 16, -1);
    probe->begin();
    probe->product({a, b, kRows, kPanels, kDepth, block.data()});
    probe->end();
    for (int row = 0; row < kProbeRows; ++row) {
      for (int column = 0; column < kProbePanels * 16; ++column) {
        const int panel = kPanels - kProbePanels + column / 16;
        int32_t sum = 0;
        for (int k = 0; k < kDepth; ++k) {
          sum += a[(kRows - kProbeRows + row) * kDepth + k] *
                 b[((panel * kDepth / 4 + k / 4) * 16 + column % 16) * 4 + k % 4];
        }
        ASSERT_EQ(block[static_cast<size_t>(row * 32 + column)], sum) << row << ", " << column;
      }
    }
  }
}

TEST(ArithmeticProbeTest, RegistersCountWhatTheyDo) {
  for (const ArithmeticProbe* probe : UsableProbes()) {
    SCOPED_TRACE(probe->kernels);
    int32_t sink = -1;
    probe->begin();
    const double once = probe->registers(1000, &sink);
    const double twice = probe->registers(2000, &sink);
    probe->end();
    EXPECT_GT(once, 1000);
    EXPECT_EQ(twice, 2 * once);
    EXPECT_NE(sink, -1);
  }
}

}  // namespace
}  // namespace yixin
