// AVX-512 VNNI: 8 rows times 2 panels in 16 accumulators.
// Tested by: arithmetic_probe_test.cc
#include <immintrin.h>

#include "bench/arithmetic_probe.h"

namespace yixin {
namespace {

constexpr double kOperationsPerVector = 2.0 * 64;
constexpr int kRows = 8;

void Nothing() {}

double Registers(int64_t steps, int32_t* sink) {
  // Chains enough to hide the latency of 5 cycles on two ports.
  __m512i sums[12];
  __m512i a = _mm512_set1_epi8(3);
  const __m512i b = _mm512_set1_epi8(5);
  for (__m512i& sum : sums) sum = _mm512_setzero_si512();
  for (int64_t i = 0; i < steps; ++i) {
    // Hides from the compiler that every step is the same.
    asm volatile("" : "+v"(a));
    for (__m512i& sum : sums) sum = _mm512_dpbusd_epi32(sum, a, b);
  }
  __m512i total = sums[0];
  for (int i = 1; i < 12; ++i) total = _mm512_add_epi32(total, sums[i]);
  *sink = _mm_cvtsi128_si32(_mm512_castsi512_si128(total));
  return static_cast<double>(steps) * 12 * kOperationsPerVector;
}

void Product(const ProbeProduct& p) {
  const int64_t panel_bytes = int64_t{16} * p.depth;
  for (int panel = 0; panel < p.panels; panel += 2) {
    const int8_t* b0 = p.b + panel * panel_bytes;
    const int8_t* b1 = b0 + panel_bytes;
    for (int row = 0; row < p.rows; row += kRows) {
      const int8_t* a = p.a + int64_t{row} * p.depth;
      __m512i sums[kRows][2];
      for (auto& pair : sums) pair[0] = pair[1] = _mm512_setzero_si512();
      for (int k = 0; k < p.depth; k += 4) {
        const __m512i w0 = _mm512_load_si512(b0 + int64_t{16} * k);
        const __m512i w1 = _mm512_load_si512(b1 + int64_t{16} * k);
        for (int i = 0; i < kRows; ++i) {
          int32_t four = 0;
          __builtin_memcpy(&four, a + int64_t{i} * p.depth + k, sizeof(four));
          const __m512i x = _mm512_set1_epi32(four);
          sums[i][0] = _mm512_dpbusd_epi32(sums[i][0], x, w0);
          sums[i][1] = _mm512_dpbusd_epi32(sums[i][1], x, w1);
        }
      }
      int32_t* out = p.block + (row % kProbeRows) * 32;
      for (int i = 0; i < kRows; ++i) {
        _mm512_storeu_si512(out + i * 32, sums[i][0]);
        _mm512_storeu_si512(out + i * 32 + 16, sums[i][1]);
      }
    }
  }
}

}  // namespace

extern const ArithmeticProbe kAvx512Probe;
const ArithmeticProbe kAvx512Probe = {"avx512", Nothing, Nothing, Registers, Product};

}  // namespace yixin
