// Tested by: system_test.cc
#include "api/memory_use.h"

#include <charconv>
#include <fstream>
#include <string>
#include <string_view>

namespace yixin {
namespace {

// "VmRSS:     123456 kB": 123456 * 1024, where the line has that key; else 0.
uint64_t KibibytesOf(std::string_view line, std::string_view key) {
  if (!line.starts_with(key)) return 0;
  const size_t digits = line.find_first_of("0123456789");
  if (digits == std::string_view::npos) return 0;
  uint64_t value = 0;
  std::from_chars(line.data() + digits, line.data() + line.size(), value);
  return value * 1024;
}

}  // namespace

MemoryUse ReadMemoryUse() {
  MemoryUse use;
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    use.resident_bytes += KibibytesOf(line, "VmRSS:");
    use.peak_bytes += KibibytesOf(line, "VmHWM:");
  }
  return use;
}

MachineMemory ReadMachineMemory() {
  MachineMemory memory;
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    memory.total_bytes += KibibytesOf(line, "MemTotal:");
    memory.available_bytes += KibibytesOf(line, "MemAvailable:");
  }
  return memory;
}

}  // namespace yixin
