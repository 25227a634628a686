// The specification: float32 on the dequantized weights, plain code. Sums run in 16 partial sums in
// a fixed order, so that the compiler can use whatever vectors the baseline has. It knows nothing
// of rotation or quantization; the fast tables are judged by their distance from it. Tested by:
// kernels_test.cc, tests/golden
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/kernel_table.h"

namespace yixin {
namespace {

constexpr int kPartialSums = 16;

float SumOf(const float (&partial)[kPartialSums]) {
  float sum = 0;
  for (const float part : partial) sum += part;
  return sum;
}

float Dot(const float* a, const float* b, int n) {
  float partial[kPartialSums] = {};
  int i = 0;
  for (; i + kPartialSums <= n; i += kPartialSums) {
    for (int lane = 0; lane < kPartialSums; ++lane) partial[lane] += a[i + lane] * b[i + lane];
  }
  for (int lane = 0; i + lane < n; ++lane) partial[lane] += a[i + lane] * b[i + lane];
  return SumOf(partial);
}

void PrepareNorm(const float* x, const float* gain, float epsilon, int cols, int row,
                 const Activations& out, float* /*work*/) {
  const float mean = Dot(x, x, cols) / static_cast<float>(cols);
  // The last term is NaN where the squares overflow: a factor of zero would hide it.
  const float factor = 1.0f / std::sqrt(mean + epsilon) + mean * 0.0f;
  float* y = out.floats + static_cast<size_t>(row) * cols;
  for (int c = 0; c < cols; ++c) y[c] = x[c] * factor * gain[c];
}

void Prepare(const float* x, int cols, int row, const Activations& out, float* /*work*/) {
  std::copy_n(x, cols, out.floats + static_cast<size_t>(row) * cols);
}

void PrepareGated(const GatedRows& x, int cols, int row, const Activations& out, float* work) {
  for (int c = 0; c < cols; ++c) {
    work[c] = x.floats[c / kPanelRows * x.stride + row * kPanelRows + c % kPanelRows];
  }
  Prepare(work, cols, row, out, nullptr);
}

// The high part is the whole value: float32 needs no second one.
void PrepareNormWide(const float* x, const float* gain, float epsilon, int cols, int row,
                     const Activations& high, const Activations& low, float* work) {
  PrepareNorm(x, gain, epsilon, cols, row, high, work);
  std::fill_n(low.floats + static_cast<size_t>(row) * cols, cols, 0.0f);
}

void MatMul(const PackedMatrix& w, const Activations& a, int n, int row_begin, int row_end,
            const float* bias, bool accumulate, float* out, size_t out_stride) {
  for (int r = row_begin; r < row_end; ++r) {
    const float* weights = w.floats + static_cast<size_t>(r) * w.cols;
    for (int i = 0; i < n; ++i) {
      float result = Dot(a.floats + static_cast<size_t>(i) * w.cols, weights, w.cols);
      if (bias != nullptr) result += bias[r];
      float& target = out[i * out_stride + r];
      target = accumulate ? target + result : result;
    }
  }
}

void MatMulSwiglu(const PackedMatrix& w, const Activations& a, int n, int row_begin, int row_end,
                  const GatedRows& out) {
  for (int i = 0; i < n; ++i) {
    const float* x = a.floats + static_cast<size_t>(i) * w.cols;
    for (int r = row_begin; r < row_end; r += 2 * kPanelRows) {
      for (int lane = 0; lane < kPanelRows; ++lane) {
        const float* weights = w.floats + static_cast<size_t>(r + lane) * w.cols;
        const float gate = Dot(x, weights, w.cols);
        const float up = Dot(x, weights + static_cast<size_t>(kPanelRows) * w.cols, w.cols);
        out.floats[r / (2 * kPanelRows) * out.stride + i * kPanelRows + lane] =
            gate / (1.0f + std::exp(-gate)) * up;
      }
    }
  }
}

void MatMulRows(const PackedMatrix& w, const Activations& a, int n, const int32_t* row_ids,
                int row_count, float* out, size_t out_stride) {
  for (int j = 0; j < row_count; ++j) {
    const float* weights = w.floats + static_cast<size_t>(row_ids[j]) * w.cols;
    for (int i = 0; i < n; ++i) {
      out[i * out_stride + j] = Dot(a.floats + static_cast<size_t>(i) * w.cols, weights, w.cols);
    }
  }
}

void ApplyRope(float* x, int heads, int head_dim, const float* cos, const float* sin) {
  const int half = head_dim / 2;
  for (int head = 0; head < heads; ++head, x += head_dim) {
    for (int i = 0; i < half; ++i) {
      const float a = x[i];
      const float b = x[i + half];
      x[i] = a * cos[i] - b * sin[i];
      x[i + half] = b * cos[i] + a * sin[i];
    }
  }
}

void StoreKeyValue(const float* key, const float* value, int head_dim, int column,
                   std::byte* keys) {
  auto* floats = reinterpret_cast<float*>(keys);
  for (int d = 0; d < head_dim; ++d) floats[d * kPagePositions + column] = key[d];
  std::copy_n(value, head_dim, floats + (kPagePositions + column) * head_dim);
}

// Two passes over the keys: all scores, then the softmax, then the values.
void AttendOne(const AttentionArguments& a, int query, int head, std::vector<float>& scores) {
  const auto block = [&](int position) {
    return reinterpret_cast<const float*>(a.pages[position / kPagePositions] + a.page_offset);
  };
  const float* q = a.queries + query * a.query_stride + static_cast<size_t>(head) * a.head_dim;
  const int keys = a.first_position + query + 1;
  const float scale = 1.0f / std::sqrt(static_cast<float>(a.head_dim));
  scores.assign(static_cast<size_t>(keys), 0.0f);
  for (int j = 0; j < keys; ++j) {
    const float* key = block(j) + j % kPagePositions;
    float sum = 0;
    for (int d = 0; d < a.head_dim; ++d) sum += q[d] * key[d * kPagePositions];
    scores[j] = sum * scale;
  }
  const float max = *std::max_element(scores.begin(), scores.end());
  float total = 0;
  for (float& score : scores) total += score = std::exp(score - max);
  float* out = a.out + (static_cast<size_t>(query) * a.heads + head) * a.head_dim;
  std::fill_n(out, a.head_dim, 0.0f);
  for (int j = 0; j < keys; ++j) {
    const float* value =
        block(j) + static_cast<size_t>(kPagePositions + j % kPagePositions) * a.head_dim;
    for (int d = 0; d < a.head_dim; ++d) out[d] += scores[j] / total * value[d];
  }
}

void Attention(const AttentionArguments& a) {
  const int group = a.heads / a.kv_heads;
  std::vector<float> scores;
  for (int query = 0; query < a.query_rows; ++query) {
    for (int g = 0; g < group; ++g) AttendOne(a, query, a.kv_head * group + g, scores);
  }
}

// The orthonormal Walsh-Hadamard transform of each block.
void Rotate(float* x, int cols) {
  const int block = RotationBlock(cols);
  for (int base = 0; base < cols; base += block) {
    for (int half = 1; half < block; half *= 2) {
      for (int i = 0; i < block; ++i) {
        if ((i & half) != 0) continue;
        const float a = x[base + i];
        const float b = x[base + i + half];
        x[base + i] = a + b;
        x[base + i + half] = a - b;
      }
    }
  }
  const float norm = 1.0f / std::sqrt(static_cast<float>(block));
  for (int c = 0; c < cols; ++c) x[c] *= norm;
}

float LogSumExp(const float* x, size_t n) {
  const float max = *std::max_element(x, x + n);
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += std::exp(static_cast<double>(x[i]) - max);
  return static_cast<float>(max + std::log(sum));
}

}  // namespace

extern const KernelTable kReferenceKernels;
const KernelTable kReferenceKernels = {
    .name = "reference",
    .form = NumericForm::kFloat32,
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
