// How fast one core multiplies int8, as a table for each instruction set that a kernel table uses.
// Two loops: operands that stay in registers, which is the unit's own rate, and a plain matrix
// product whose operands come from L1 and L2, which is what a forward pass can hope for.
// Operations are multiplications plus additions.
// Tested by: arithmetic_probe_test.cc
#pragma once

#include <cstdint>

namespace yixin {

// Rows and panels that a probe multiplies at once are multiples of these.
inline constexpr int kProbeRows = 32;
inline constexpr int kProbePanels = 2;
inline constexpr int kProbePanelRows = 16;

struct ProbeProduct {
  const int8_t* a = nullptr;  // [rows, depth], values 0 to 127; rows stand 64-byte aligned
  const int8_t* b = nullptr;  // [panels][depth / 4][16][4], values -127 to 127, 64-byte aligned
  int rows = 0;               // a multiple of kProbeRows
  int panels = 0;             // a multiple of kProbePanels
  int depth = 0;              // a multiple of 64
  // The block [kProbeRows, kProbePanels * 16] that was computed last: each block is stored here, in
  // the place of the one before, so that writing costs what it costs and needs no more cache.
  int32_t* block = nullptr;
};

struct ArithmeticProbe {
  const char* kernels;  // the kernel table that uses the same instructions
  // Before and after the loops, on the same thread: tile registers are set up per thread.
  void (*begin)();
  void (*end)();
  // Runs `steps` times over all accumulators. Out: operations done; a result goes to *sink.
  double (*registers)(int64_t steps, int32_t* sink);
  void (*product)(const ProbeProduct& product);
};

}  // namespace yixin
