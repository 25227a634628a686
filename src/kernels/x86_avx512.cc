// The table for AVX-512 with VNNI. Activations are stored as u8 (value + 128), because vpdpbusd
// multiplies u8 by s8; 128 times a weight row's sum is subtracted from each result.
// Compiled with its own flags: includes intrinsics and our .inc files only, exports one symbol.
// Tested by: kernels_test.cc, weak_symbols_test
#include <immintrin.h>

#include "kernels/kernel_table.h"

namespace yixin {
namespace {

#include "kernels/generic/avx512_vnni.inc"

constexpr int kScoreRows = 8;  // 16 accumulators, 2 keys and a broadcast of 32 registers
constexpr int kValueRows = 8;

#include "kernels/generic/attention.inc"

}  // namespace

extern const KernelTable kAvx512Kernels;
const KernelTable kAvx512Kernels = {
    .name = "avx512",
    .form = NumericForm::kRotatedInt8,
    .prepare_norm = PrepareNorm,
    .prepare = Prepare,
    .prepare_gated = PrepareGated,
    .prepare_norm_wide = PrepareNormWide,
    .matmul = MatMulVnni,
    .matmul_swiglu = MatMulSwigluVnni,
    .matmul_rows = MatMulRows,
    .apply_rope = ApplyRope,
    .store_key_value = StoreKeyValue,
    .attention = Attention,
    .rotate = Rotate,
    .log_sum_exp = LogSumExp,
};

}  // namespace yixin
