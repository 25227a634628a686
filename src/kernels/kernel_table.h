// The operations that a forward pass is made of, as one table a CPU family. A table is picked once,
// at start; the algorithms above it are written once.
//
// Numeric forms. kFloat32 is the specification: plain float32 on the dequantized weights.
// kRotatedInt8 is what runs: the input dimension of every linear layer is rotated by block Hadamard
// matrices, weights are int8 with one float scale per output row, activations are rotated alike and
// quantized per token to int8 (QuaRot, arXiv 2404.00456; SpinQuant, arXiv 2405.16406). Sums of int8
// products are exact in int32, so every table of this form computes the same integers.
//
// Threads: every verb is a pure function of its arguments; callers split the work.
// Tested by: kernels_test.cc
#pragma once

#include <cstddef>
#include <cstdint>

namespace yixin {

enum class NumericForm { kFloat32, kRotatedInt8 };

// Bytes of one key or value element: F16, but float32 in the specification, whose distance from
// the Python reference would otherwise be that of F16 keys (Qwen2's are large).
static constexpr size_t KvElementBytes(NumericForm form) {
  return form == NumericForm::kFloat32 ? sizeof(float) : sizeof(uint16_t);
}

// Rows of a packed int8 matrix stand in panels of 16: [panel][cols / 4][16 rows][4 cols]. That is
// at once a VNNI operand, an AMX B tile (16 groups of 4 columns) and a NEON sdot operand.
inline constexpr int kPanelRows = 16;
// Columns are padded with zeros to this, the depth of an AMX tile and a cache line of int8.
inline constexpr int kColumnPadding = 64;

// The widest input of a linear layer. Sums are exact below it: a product is at most 127 * 127, and
// 128 times a row's sum is kept beside it, both in int32.
inline constexpr int kMaxCols = 1 << 17;
static_assert(int64_t{128} * 127 * kMaxCols <= INT32_MAX);

static constexpr int PaddedRows(int rows) {
  return (rows + kPanelRows - 1) / kPanelRows * kPanelRows;
}
static constexpr int PaddedCols(int cols) {
  return (cols + kColumnPadding - 1) / kColumnPadding * kColumnPadding;
}

// Rows that activations have room for.
static constexpr int PaddedTokens(int n) { return (n + 15) / 16 * 16; }

// The Hadamard block for an input dimension: the largest power of two that divides it.
static constexpr int RotationBlock(int cols) { return cols & -cols; }

// A linear layer's weights [rows, cols], packed for one numeric form. Borrows its memory.
struct PackedMatrix {
  int rows = 0;
  int cols = 0;
  const float* floats = nullptr;  // kFloat32: [rows, cols]
  const int8_t* values =
      nullptr;                    // kRotatedInt8: panels, PaddedRows(rows) * PaddedCols(cols) bytes
  const float* scales = nullptr;  // kRotatedInt8: [PaddedRows(rows)]
  const int32_t* offsets =
      nullptr;  // kRotatedInt8: [PaddedRows(rows)], 128 * the sum of a row's values
};

// Inputs of a linear layer, one row a token. Borrows its memory, which has room for PaddedTokens(n)
// rows: a tile reads whole groups of them, and nothing comes of those beyond n.
struct Activations {
  float* floats = nullptr;  // kFloat32: [n, cols]
  int8_t* values =
      nullptr;  // kRotatedInt8: [n, PaddedCols(cols)], 64-byte aligned rows; VNNI: + 128
  float* scales = nullptr;  // kRotatedInt8: [n]
};

// silu(gate) * up before it is prepared, [PaddedRows(ffn) / 16][stride], 16 columns of token i at
// 16 * i. Borrows its memory. What a product writes of neighbouring tokens fills whole cache lines;
// one row a token would fetch a line for every half of one. In bf16 the rounding is an eighth of
// what the quantization behind it costs, and all of it stays in L2.
struct GatedRows {
  float* floats = nullptr;   // kFloat32
  uint16_t* bf16 = nullptr;  // kRotatedInt8
  size_t stride = 0;         // elements, at least 16 * n
};
// Columns that follow each other must not lie a power of two apart: a row would meet few sets of
// L1.
static constexpr size_t GatedStride(int max_tokens) {
  return static_cast<size_t>(PaddedTokens(max_tokens)) * kPanelRows + 2 * kPanelRows;
}

// Keys and values of 32 consecutive positions, F16 (float32 in the form kFloat32). Within a page,
// per layer and KV head: keys transposed [head_dim][32], then values [32][head_dim].
inline constexpr int kPagePositions = 32;

struct AttentionArguments {
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;
  int kv_head = 0;                          // the one to compute, with the heads that share it
  int first_position = 0;                   // of the first query row
  int query_rows = 0;                       // consecutive positions of one sequence
  const std::byte* const* pages = nullptr;  // [ceil((first_position + query_rows) / 32)]
  size_t page_offset = 0;                   // bytes, to this layer's and KV head's keys
  const float* queries = nullptr;           // [query_rows, query_stride], after RoPE
  size_t query_stride = 0;
  float* out = nullptr;  // [query_rows, heads * head_dim]; columns of this KV head's heads
};

struct KernelTable {
  const char* name;
  NumericForm form;

  // y = x / rms(x) * gain, then prepared as row `row` of `out`. In: x, gain [cols].
  // `work`: [PaddedCols(cols)] floats, 64-byte aligned.
  void (*prepare_norm)(const float* x, const float* gain, float epsilon, int cols, int row,
                       const Activations& out, float* work);
  // x itself, prepared as row `row`.
  void (*prepare)(const float* x, int cols, int row, const Activations& out, float* work);
  // Row `row` of `x`, prepared as row `row`. In: cols = ffn.
  void (*prepare_gated)(const GatedRows& x, int cols, int row, const Activations& out, float* work);
  // The output head's input at twice the width: the row is high + low, and so are its products.
  // Two products instead of one cost nothing where the head is bound by memory.
  void (*prepare_norm_wide)(const float* x, const float* gain, float epsilon, int cols, int row,
                            const Activations& high, const Activations& low, float* work);

  // out[i, r] (+)= sum_c a[i, c] * w[r, c] (+ bias[r]) for i in [0, n), r in [row_begin, row_end).
  // In: row_begin a multiple of kPanelRows; row_end too, or w.rows. bias may be null.
  void (*matmul)(const PackedMatrix& w, const Activations& a, int n, int row_begin, int row_end,
                 const float* bias, bool accumulate, float* out, size_t out_stride);
  // out[i, r] = silu(a_i . gate_r) * (a_i . up_r). In: w is gate and up with their panels taking
  // turns (a panel of gate, a panel of up, each padded to 16 rows); rows as in matmul, counted in
  // w, both multiples of 2 * kPanelRows. Out: columns [row_begin / 2, row_end / 2).
  void (*matmul_swiglu)(const PackedMatrix& w, const Activations& a, int n, int row_begin,
                        int row_end, const GatedRows& out);
  // out[i, j] = sum_c a[i, c] * w[row_ids[j], c]: the same bits as matmul gives for that row.
  void (*matmul_rows)(const PackedMatrix& w, const Activations& a, int n, const int32_t* row_ids,
                      int row_count, float* out, size_t out_stride);

  // Rotary position embedding, in place on x [heads, head_dim]: the pairs (i, i + head_dim / 2)
  // turn by an angle each. In: its cosine and sine, [head_dim / 2].
  void (*apply_rope)(float* x, int heads, int head_dim, const float* cos, const float* sin);
  // One position's key and value [head_dim] into a page of the form's elements. In: its column,
  // position % kPagePositions; `keys`: this layer's and KV head's place in the page.
  void (*store_key_value)(const float* key, const float* value, int head_dim, int column,
                          std::byte* keys);
  // Causal attention over the pages, for the heads of one KV head. Keys are folded in blocks of 32
  // by absolute position (online softmax, arXiv 2205.14135), so a row's bits depend on its own
  // position and the keys before it alone.
  void (*attention)(const AttentionArguments& arguments);
  // In place: x [cols] times the block Hadamard matrix of RotationBlock(cols), orthonormal.
  void (*rotate)(float* x, int cols);
  // log(sum(exp(x))), in a fixed order. In: n >= 1.
  float (*log_sum_exp)(const float* x, size_t n);
};

}  // namespace yixin
