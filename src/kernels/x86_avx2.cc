// The table for AVX2 with FMA and F16C.
// Compiled with its own flags: includes intrinsics and our .inc files only, exports one symbol.
// Tested by: kernels_test.cc, weak_symbols_test
#include <immintrin.h>

#include "kernels/kernel_table.h"

namespace yixin {
namespace {

constexpr int kScoreRows = 2;  // 8 accumulators, 4 keys and a broadcast of 16 registers
constexpr int kValueRows = 2;
constexpr int kActivationOffset = 0;

#include "kernels/generic/unroll.inc"
#include "kernels/generic/vector_avx2.inc"

static_assert(sizeof(F) == 16 * sizeof(float));

#include "kernels/generic/math.inc"

inline void StoreActivations(int8_t* out, F x) {
  const __m256i words = _mm256_packs_epi32(_mm256_cvtps_epi32(x.a), _mm256_cvtps_epi32(x.b));
  const __m256i ordered = _mm256_permute4x64_epi64(words, 0xd8);
  const __m128i bytes =
      _mm_packs_epi16(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes);
}

#include "kernels/generic/attention.inc"
#include "kernels/generic/int8_avx2.inc"
#include "kernels/generic/int8_panels.inc"
#include "kernels/generic/int8_rows.inc"
#include "kernels/generic/keys.inc"
#include "kernels/generic/rotate.inc"

}  // namespace

extern const KernelTable kAvx2Kernels;
const KernelTable kAvx2Kernels = {
    .name = "avx2",
    .form = NumericForm::kRotatedInt8,
    .prepare_norm = PrepareNorm,
    .prepare = Prepare,
    .prepare_gated = PrepareGated,
    .prepare_norm_wide = PrepareNormWide,
    .matmul = MatMul,
    .matmul_swiglu = MatMulSwiglu,
    .matmul_rows = MatMulRows,
    .apply_rope = ApplyRope,
    .store_key_value = StoreKeyValue,
    .attention = Attention,
    .rotate = Rotate,
    .log_sum_exp = LogSumExp,
};

}  // namespace yixin
