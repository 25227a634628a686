// The machine's own limits, measured in the run that they judge: int8 operations a second, bytes a
// second out of memory. Absolute figures move from machine to machine and from minute to minute, so
// none is ever stored.
// Tested by: machine_test.cc
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "bench/arithmetic_probe.h"

namespace yixin {

// Zeros where this build has no probe for the instructions.
struct MachineSample {
  double register_operations_per_s = 0;  // operands in registers, one thread
  double product_operations_per_s = 0;   // a plain matrix product, one thread
  double all_register_operations_per_s = 0;
  double all_product_operations_per_s = 0;
  double bytes_per_s = 0;  // streaming read, one thread
  double all_bytes_per_s = 0;
};

struct MachineOptions {
  int threads = 1;
  double probe_ms = 150;                    // of each loop
  size_t buffer_bytes = size_t{512} << 20;  // streamed; larger than the caches
};

// The probe of a kernel table's instructions; null where there is none or this CPU cannot run it.
const ArithmeticProbe* FindProbe(std::string_view kernels);
// Every probe that this CPU can run.
std::span<const ArithmeticProbe* const> UsableProbes();

// Cost: about 6 * probe_ms and the buffer, which is written once.
MachineSample MeasureMachine(const ArithmeticProbe* probe, const MachineOptions& options);

}  // namespace yixin
