#include "bench/machine.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TEST(MachineTest, MeasuresEveryProbe) {
  for (const ArithmeticProbe* probe : UsableProbes()) {
    SCOPED_TRACE(probe->kernels);
    const MachineSample sample =
        MeasureMachine(probe, {.threads = 2, .probe_ms = 1, .buffer_bytes = 1 << 20});
    EXPECT_GT(sample.register_operations_per_s, 0);
    EXPECT_GT(sample.product_operations_per_s, 0);
    EXPECT_GT(sample.all_register_operations_per_s, 0);
    EXPECT_GT(sample.all_product_operations_per_s, 0);
  }
}

TEST(MachineTest, WithoutProbeOnlyMemory) {
  EXPECT_EQ(FindProbe("reference"), nullptr);
  EXPECT_EQ(FindProbe(""), nullptr);
  // More threads than cores, and a buffer that no slice divides.
  const MachineSample sample =
      MeasureMachine(nullptr, {.threads = 7, .probe_ms = 1, .buffer_bytes = (5 << 20) + 24});
  EXPECT_EQ(sample.all_register_operations_per_s, 0);
  EXPECT_EQ(sample.product_operations_per_s, 0);
  EXPECT_GT(sample.bytes_per_s, 0);
  EXPECT_GT(sample.all_bytes_per_s, 0);
}

}  // namespace
}  // namespace yixin
