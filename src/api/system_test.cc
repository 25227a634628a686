#include "yixin/system.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "api/memory_use.h"

namespace yixin {
namespace {

TEST(System, IsDescribed) {
  const SystemFacts facts = DescribeSystem();
  EXPECT_GE(facts.default_threads, 1);
  EXPECT_GT(facts.memory_bytes, facts.memory_available_bytes);
  EXPECT_GT(facts.memory_available_bytes, 0u);
  EXPECT_EQ(std::count_if(facts.kernels.begin(), facts.kernels.end(),
                          [](const KernelFacts& kernel) { return kernel.chosen; }),
            1);
  for (const KernelFacts& kernel : facts.kernels) EXPECT_TRUE(kernel.usable || !kernel.chosen);
  EXPECT_FALSE(facts.share_path.empty());
  for (const auto& [name, version] : facts.libraries) EXPECT_FALSE(version.empty()) << name;
}

TEST(System, MemoryOfThisProcess) {
  const MemoryUse before = ReadMemoryUse();
  EXPECT_GT(before.resident_bytes, 0u);
  EXPECT_GE(before.peak_bytes, before.resident_bytes);
}

}  // namespace
}  // namespace yixin
