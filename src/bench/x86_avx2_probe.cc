// AVX2: pairs of int8 products in int16 (vpmaddubsw), those in int32 (vpmaddwd), an addition.
// Tested by: arithmetic_probe_test.cc
#include <immintrin.h>

#include "bench/arithmetic_probe.h"

namespace yixin {
namespace {

constexpr double kOperationsPerVector = 2.0 * 32;
constexpr int kRows = 4;

void Nothing() {}

inline __m256i MultiplyAdd(__m256i sum, __m256i a, __m256i b) {
  const __m256i pairs = _mm256_maddubs_epi16(a, b);
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

double Registers(int64_t steps, int32_t* sink) {
  __m256i sums[10];
  __m256i a = _mm256_set1_epi8(3);
  __m256i b = _mm256_set1_epi8(5);
  for (__m256i& sum : sums) sum = _mm256_setzero_si256();
  for (int64_t i = 0; i < steps; ++i) {
    for (__m256i& sum : sums) {
      // Hides from the compiler that every product is the same.
      asm volatile("" : "+x"(a), "+x"(b));
      sum = MultiplyAdd(sum, a, b);
    }
  }
  __m256i total = sums[0];
  for (int i = 1; i < 10; ++i) total = _mm256_add_epi32(total, sums[i]);
  *sink = _mm_cvtsi128_si32(_mm256_castsi256_si128(total));
  return static_cast<double>(steps) * 10 * kOperationsPerVector;
}

void Product(const ProbeProduct& p) {
  const int64_t panel_bytes = int64_t{16} * p.depth;
  for (int panel = 0; panel < p.panels; ++panel) {
    const int8_t* b = p.b + panel * panel_bytes;
    for (int row = 0; row < p.rows; row += kRows) {
      const int8_t* a = p.a + int64_t{row} * p.depth;
      __m256i sums[kRows][2];
      for (auto& pair : sums) pair[0] = pair[1] = _mm256_setzero_si256();
      for (int k = 0; k < p.depth; k += 4) {
        const auto* w = reinterpret_cast<const __m256i*>(b + int64_t{16} * k);
        const __m256i w0 = _mm256_load_si256(w);
        const __m256i w1 = _mm256_load_si256(w + 1);
        for (int i = 0; i < kRows; ++i) {
          int32_t four = 0;
          __builtin_memcpy(&four, a + int64_t{i} * p.depth + k, sizeof(four));
          const __m256i x = _mm256_set1_epi32(four);
          sums[i][0] = MultiplyAdd(sums[i][0], x, w0);
          sums[i][1] = MultiplyAdd(sums[i][1], x, w1);
        }
      }
      int32_t* out = p.block + (row % kProbeRows) * 32 + (panel % kProbePanels) * 16;
      for (int i = 0; i < kRows; ++i) {
        auto* line = reinterpret_cast<__m256i*>(out + i * 32);
        _mm256_storeu_si256(line, sums[i][0]);
        _mm256_storeu_si256(line + 1, sums[i][1]);
      }
    }
  }
}

}  // namespace

extern const ArithmeticProbe kAvx2Probe;
const ArithmeticProbe kAvx2Probe = {"avx2", Nothing, Nothing, Registers, Product};

}  // namespace yixin
