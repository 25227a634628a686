// The process's memory and the machine's, as /proc tells it; zeros where it does not.
// Tested by: system_test.cc
#pragma once

#include <cstdint>

namespace yixin {

struct MemoryUse {
  uint64_t resident_bytes = 0;  // mapped pages included
  uint64_t peak_bytes = 0;
};
MemoryUse ReadMemoryUse();

struct MachineMemory {
  uint64_t total_bytes = 0;
  uint64_t available_bytes = 0;
};
MachineMemory ReadMachineMemory();

}  // namespace yixin
