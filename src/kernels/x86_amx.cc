// The table for AMX int8, for CPUs that have AVX-512 VNNI too: tiles for sixteen rows and more,
// VNNI for what is left over. Activations are u8 as VNNI wants them (tdpbusd), so all else is that
// table's. Compiled with its own flags: includes intrinsics and our .inc files only, exports one
// symbol. Tested by: kernels_test.cc, weak_symbols_test
#include <immintrin.h>

#include "kernels/kernel_table.h"

namespace yixin {
namespace {

constexpr int kScoreRows = 8;  // 16 accumulators, 2 keys and a broadcast of 32 registers
constexpr int kValueRows = 8;
constexpr int kActivationOffset = 128;

#include "kernels/generic/vector_avx512.inc"

static_assert(sizeof(F) == 16 * sizeof(float));

#include "kernels/generic/math.inc"

// Signed values stored with the sign bit flipped are value + 128.
inline void StoreActivations(int8_t* out, F x) {
  const __m128i bytes = _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(x.v));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                   _mm_xor_si128(bytes, _mm_set1_epi8(static_cast<char>(0x80))));
}

#include "kernels/generic/attention.inc"
#include "kernels/generic/int8_rows.inc"
#include "kernels/generic/int8_vnni.inc"

static_assert(kColumnPadding == 64, "a tile is 64 columns deep");

#include "kernels/generic/int8_amx.inc"
#include "kernels/generic/rotate.inc"

}  // namespace

extern const KernelTable kAmxKernels;
const KernelTable kAmxKernels = {
    .name = "amx",
    .form = NumericForm::kRotatedInt8,
    .prepare_norm = PrepareNorm,
    .prepare = Prepare,
    .prepare_swiglu = PrepareSwiglu,
    .prepare_norm_wide = PrepareNormWide,
    .matmul = MatMulAmx,
    .matmul_rows = MatMulRows,
    .attention = Attention,
    .rotate = Rotate,
    .log_sum_exp = LogSumExp,
};

}  // namespace yixin
