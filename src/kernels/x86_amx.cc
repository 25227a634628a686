// The table for AMX with int8 and bf16, for CPUs that have AVX-512 VNNI too: tiles for products of
// sixteen rows and more and for attention, VNNI for what is left over. Activations are u8 as VNNI
// wants them (tdpbusd), so all else is that table's. Compiled with its own flags: includes
// intrinsics and our .inc files only, exports one symbol. Tested by: kernels_test.cc,
// weak_symbols_test
#include <immintrin.h>

#include "kernels/kernel_table.h"

namespace yixin {
namespace {

#include "kernels/generic/avx512_vnni.inc"

static_assert(kColumnPadding == 64, "a tile is 64 columns deep");

#include "kernels/generic/int8_amx.inc"

static_assert(kPagePositions == 2 * kTileRows, "a page is two tiles of keys");

#include "kernels/generic/attention_amx.inc"

}  // namespace

extern const KernelTable kAmxKernels;
const KernelTable kAmxKernels = {
    .name = "amx",
    .form = NumericForm::kRotatedInt8,
    .prepare_norm = PrepareNorm,
    .prepare = Prepare,
    .prepare_gated = PrepareGated,
    .prepare_norm_wide = PrepareNormWide,
    .matmul = MatMulAmx,
    .matmul_swiglu = MatMulSwigluAmx,
    .matmul_rows = MatMulRows,
    .apply_rope = ApplyRope,
    .store_key_value = StoreKeyValue,
    .attention = AttentionAmx,
    .rotate = Rotate,
    .log_sum_exp = LogSumExp,
};

}  // namespace yixin
