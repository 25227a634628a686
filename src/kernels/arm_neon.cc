// The table for NEON with dot product (ARMv8.2, or 8.4 where it is not optional). Written for its
// bits, which are those of the tables avx2 and avx512; no machine has measured it.
// Compiled with its own flags: includes intrinsics and our .inc files only, exports one symbol.
// Tested by: kernels_test.cc, same_bits_test.cc, weak_symbols_test (`make test-arm`, under qemu)
#include <arm_neon.h>

#include "kernels/kernel_table.h"

namespace yixin {
namespace {

constexpr int kScoreRows = 2;  // 16 accumulators, 8 keys and a broadcast of 32 registers
constexpr int kValueRows = 2;
constexpr int kActivationOffset = 0;

#include "kernels/generic/unroll.inc"
#include "kernels/generic/vector_neon.inc"

static_assert(sizeof(F) == 16 * sizeof(float));

#include "kernels/generic/math.inc"

inline void StoreActivations(int8_t* out, F x) {
  const auto words = [&](int i) { return vqmovn_s32(vcvtnq_s32_f32(x.v[i])); };
  vst1_s8(out, vqmovn_s16(vcombine_s16(words(0), words(1))));
  vst1_s8(out + 8, vqmovn_s16(vcombine_s16(words(2), words(3))));
}

#include "kernels/generic/attention.inc"
#include "kernels/generic/int8_neon.inc"
#include "kernels/generic/int8_panels.inc"
#include "kernels/generic/int8_rows.inc"
#include "kernels/generic/keys.inc"
#include "kernels/generic/rotate.inc"

}  // namespace

extern const KernelTable kNeonKernels;
const KernelTable kNeonKernels = {
    .name = "neon",
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
