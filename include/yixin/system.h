// Facts about the machine and this build, for `yixin doctor`.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace yixin {

struct KernelFacts {
  std::string name;
  std::string needs;  // instruction sets
  bool usable = false;
  bool chosen = false;  // without YIXIN_KERNELS
};

struct SystemFacts {
  std::string cpu;
  int default_threads = 0;
  uint64_t memory_bytes = 0;
  uint64_t memory_available_bytes = 0;
  std::vector<KernelFacts> kernels;
  std::string share_path;                                      // empty: not found
  std::vector<std::pair<std::string, std::string>> libraries;  // name, version
};

SystemFacts DescribeSystem();

}  // namespace yixin
