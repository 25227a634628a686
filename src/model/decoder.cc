// Tested by: engine_test.cc, tests/golden
#include "model/decoder.h"

#include <algorithm>
#include <cmath>

namespace yixin {
namespace {

// Query positions that one attention call takes: enough to share a key block's conversion, few
// enough that two threads finish together.
constexpr int kQueriesPerCall = 16;

int WidestInput(const ModelConfig& config) {
  return std::max({config.hidden, config.heads * config.head_dim, config.ffn});
}

// Up to the next cache line.
size_t WholeLines(size_t bytes) { return (bytes + 63) / 64 * 64; }

// Panels a piece: a multiple of four, the most that a kernel takes at once; some four pieces a
// thread so that a slow core takes fewer.
size_t PanelGrain(size_t panels, int threads) {
  const size_t grain = panels / (static_cast<size_t>(threads) * 4);
  return std::clamp<size_t>(grain / 4 * 4, 4, 32);
}

// function(row_begin, row_end) over all rows of w, in whole panels, on all threads.
template <typename Function>
void ParallelPanels(ThreadPool& pool, const PackedMatrix& w, const Function& function) {
  const size_t panels = static_cast<size_t>(PaddedRows(w.rows) / kPanelRows);
  pool.ParallelFor(panels, PanelGrain(panels, pool.threads()), [&](size_t begin, size_t end, int) {
    function(static_cast<int>(begin) * kPanelRows,
             std::min(static_cast<int>(end) * kPanelRows, w.rows));
  });
}

}  // namespace

ForwardScratch::ForwardScratch(const ModelConfig& config, NumericForm form, int max_tokens,
                               int threads)
    : max_tokens_(max_tokens) {
  const auto n = static_cast<size_t>(max_tokens);
  const auto head_dim = static_cast<size_t>(config.head_dim);
  const auto q = static_cast<size_t>(config.heads) * head_dim;
  const auto kv = static_cast<size_t>(config.kv_heads) * head_dim;
  const auto hidden = static_cast<size_t>(config.hidden);
  hidden_ = AlignedBuffer<float>(n * hidden);
  cos_ = AlignedBuffer<float>(n * head_dim / 2);
  sin_ = AlignedBuffer<float>(n * head_dim / 2);
  const size_t qkv_bytes = WholeLines(n * (q + 2 * kv) * sizeof(float));
  const size_t gated_bytes = GatedStride(max_tokens) * (PaddedRows(config.ffn) / kPanelRows) *
                             (form == NumericForm::kFloat32 ? sizeof(float) : sizeof(uint16_t));
  half_layer_ = AlignedBuffer<std::byte>(std::max(qkv_bytes + n * q * sizeof(float), gated_bytes));
  qkv_ = reinterpret_cast<float*>(half_layer_.data());
  attended_ = reinterpret_cast<float*>(half_layer_.data() + qkv_bytes);
  const int widest = WidestInput(config);
  if (form == NumericForm::kFloat32) {
    gated_floats_ = reinterpret_cast<float*>(half_layer_.data());
    input_floats_ = AlignedBuffer<float>(n * static_cast<size_t>(widest));
    low_floats_ = AlignedBuffer<float>(n * hidden);
  } else {
    gated_bf16_ = reinterpret_cast<uint16_t*>(half_layer_.data());
    const auto rows = static_cast<size_t>(PaddedTokens(max_tokens));
    input_values_ = AlignedBuffer<int8_t>(rows * static_cast<size_t>(PaddedCols(widest)));
    low_values_ = AlignedBuffer<int8_t>(rows * static_cast<size_t>(PaddedCols(config.hidden)));
  }
  input_scales_ = AlignedBuffer<float>(n);
  low_scales_ = AlignedBuffer<float>(n);
  for (int i = 0; i < threads; ++i) {
    work_.emplace_back(static_cast<size_t>(PaddedCols(widest)));
  }
}

class ForwardPass {
 public:
  ForwardPass(const Model& model, std::span<const SequenceSlice> slices, ForwardScratch& scratch,
              ThreadPool& pool)
      : model_(model),
        config_(model.config()),
        kernels_(model.kernels()),
        layout_(model.config(), model.kernels().form),
        scratch_(scratch),
        pool_(pool) {
    for (const SequenceSlice& slice : slices) {
      for (size_t i = 0; i < slice.tokens.size(); ++i) {
        rows_.push_back({&slice, slice.position + static_cast<int32_t>(i)});
      }
    }
    PlanAttention();
  }

  void Run(std::span<const int> blocks, float* out) {
    Embed();
    ComputeRotations();
    const auto hidden = static_cast<size_t>(config_.hidden);
    for (int i = 0; i < blocks.back(); ++i) {
      Layer(model_.weights().layers[i], i, /*is_last=*/i + 1 == blocks.back());
      const auto block = std::find(blocks.begin(), blocks.end(), i + 1);
      if (block == blocks.end()) continue;
      CopyWantedRows(out + static_cast<size_t>(block - blocks.begin()) * hidden,
                     blocks.size() * hidden);
    }
  }

 private:
  struct Row {
    const SequenceSlice* slice;
    int32_t position;
    // The token's place in its slice.
    size_t index() const { return static_cast<size_t>(position - slice->position); }
  };
  struct AttentionCall {
    const SequenceSlice* slice;
    size_t first_row;
    int queries;
  };

  // Runs of rows that follow each other in one slice.
  void PlanAttention() {
    calls_.clear();
    for (size_t row = 0; row < rows_.size(); ++row) {
      if (calls_.empty() || calls_.back().slice != rows_[row].slice ||
          calls_.back().queries == kQueriesPerCall) {
        calls_.push_back({rows_[row].slice, row, 0});
      }
      ++calls_.back().queries;
    }
  }

  bool IsWanted(const Row& row) const { return row.index() >= row.slice->first_output; }

  // In: stride of a row in `out`.
  void CopyWantedRows(float* out, size_t stride) {
    for (size_t row = 0; row < rows_.size(); ++row) {
      if (!IsWanted(rows_[row])) continue;
      std::copy_n(Hidden(row), config_.hidden, out);
      out += stride;
    }
  }

  // Only wanted rows go on, at the front: for the last layer, once its keys and values are stored.
  void KeepWantedRows() {
    size_t kept = 0;
    for (size_t row = 0; row < rows_.size(); ++row) {
      if (!IsWanted(rows_[row])) continue;
      if (kept != row) {
        std::copy_n(Hidden(row), config_.hidden, Hidden(kept));
        std::copy_n(Queries(row), QueryWidth(), Queries(kept));
        rows_[kept] = rows_[row];
      }
      ++kept;
    }
    rows_.resize(kept);
    PlanAttention();
  }

  float* Hidden(size_t row) { return &scratch_.hidden_[row * static_cast<size_t>(config_.hidden)]; }
  float* Queries(size_t row) { return &scratch_.qkv_[row * static_cast<size_t>(QkvWidth())]; }
  int RowCount() const { return static_cast<int>(rows_.size()); }
  Activations Inputs() {
    return {scratch_.input_floats_.data(), scratch_.input_values_.data(),
            scratch_.input_scales_.data()};
  }
  int QueryWidth() const { return config_.heads * config_.head_dim; }
  int KeyWidth() const { return config_.kv_heads * config_.head_dim; }
  int QkvWidth() const { return QueryWidth() + 2 * KeyWidth(); }

  // function(row, work): on all threads.
  template <typename F>
  void ForEachRow(const F& function) {
    pool_.ParallelFor(rows_.size(), 4, [&](size_t begin, size_t end, int thread) {
      float* work = scratch_.work_[static_cast<size_t>(thread)].data();
      for (size_t row = begin; row < end; ++row) function(row, work);
    });
  }

  void Embed() {
    ForEachRow([&](size_t row, float*) {
      const int32_t id = rows_[row].slice->tokens[rows_[row].index()];
      model_.ReadEmbedding(id, {Hidden(row), static_cast<size_t>(config_.hidden)});
    });
  }

  // cos and sin of position * base^(-2i / head_dim), in float32 as the models were trained.
  void ComputeRotations() {
    const int half = config_.head_dim / 2;
    std::vector<float> frequencies(static_cast<size_t>(half));
    for (int i = 0; i < half; ++i) {
      const float exponent = static_cast<float>(2 * i) / static_cast<float>(config_.head_dim);
      frequencies[i] = 1.0f / std::pow(config_.rope_base, exponent);
    }
    ForEachRow([&](size_t row, float*) {
      for (int i = 0; i < half; ++i) {
        const float angle = static_cast<float>(rows_[row].position) * frequencies[i];
        scratch_.cos_[row * half + i] = std::cos(angle);
        scratch_.sin_[row * half + i] = std::sin(angle);
      }
    });
  }

  void Layer(const LayerWeights& layer, int index, bool is_last) {
    const size_t hidden = static_cast<size_t>(config_.hidden);
    const size_t qkv_width = static_cast<size_t>(QkvWidth());

    Norm(layer.attention_norm);
    MatMul(layer.qkv, layer.qkv_bias, scratch_.qkv_, qkv_width);
    RotateAndStoreKeys(index);
    if (is_last) KeepWantedRows();
    if (rows_.empty()) return;
    Attend(index);
    ForEachRow([&](size_t row, float* work) {
      kernels_.prepare(&scratch_.attended_[row * QueryWidth()], QueryWidth(), static_cast<int>(row),
                       Inputs(), work);
    });
    MatMulAdd(layer.attention_output, scratch_.hidden_.data(), hidden);

    Norm(layer.ffn_norm);
    const GatedRows gated = {scratch_.gated_floats_, scratch_.gated_bf16_,
                             GatedStride(scratch_.max_tokens_)};
    ParallelPanels(pool_, layer.gate_up.view, [&](int begin, int end) {
      kernels_.matmul_swiglu(layer.gate_up.view, Inputs(), RowCount(), begin, end, gated);
    });
    ForEachRow([&](size_t row, float* work) {
      kernels_.prepare_gated(gated, config_.ffn, static_cast<int>(row), Inputs(), work);
    });
    MatMulAdd(layer.down, scratch_.hidden_.data(), hidden);
  }

  void Norm(const std::vector<float>& gain) {
    ForEachRow([&](size_t row, float* work) {
      kernels_.prepare_norm(Hidden(row), gain.data(), config_.rms_epsilon, config_.hidden,
                            static_cast<int>(row), Inputs(), work);
    });
  }

  void MatMul(const OwnedMatrix& w, std::span<const float> bias, float* out, size_t stride) {
    Product(w.view, bias.empty() ? nullptr : bias.data(), false, out, stride);
  }
  void MatMulAdd(const OwnedMatrix& w, float* out, size_t stride) {
    Product(w.view, nullptr, true, out, stride);
  }
  void Product(const PackedMatrix& w, const float* bias, bool accumulate, float* out,
               size_t stride) {
    ParallelPanels(pool_, w, [&](int begin, int end) {
      kernels_.matmul(w, Inputs(), RowCount(), begin, end, bias, accumulate, out, stride);
    });
  }

  void RotateAndStoreKeys(int layer) {
    const int half = config_.head_dim / 2;
    ForEachRow([&](size_t row, float*) {
      float* q = Queries(row);
      float* k = q + QueryWidth();
      const float* v = k + KeyWidth();
      // Queries and keys stand side by side and turn by the same angles.
      kernels_.apply_rope(q, config_.heads + config_.kv_heads, config_.head_dim,
                          &scratch_.cos_[row * half], &scratch_.sin_[row * half]);
      const auto& [slice, position] = rows_[row];
      std::byte* page = slice->pages[static_cast<size_t>(position / kPagePositions)];
      for (int head = 0; head < config_.kv_heads; ++head) {
        kernels_.store_key_value(k + head * config_.head_dim, v + head * config_.head_dim,
                                 config_.head_dim, position % kPagePositions,
                                 page + layout_.KeyOffset(layer, head));
      }
    });
  }

  void Attend(int layer) {
    const auto heads = static_cast<size_t>(config_.kv_heads);
    pool_.ParallelFor(calls_.size() * heads, 1, [&](size_t begin, size_t end, int) {
      for (size_t i = begin; i < end; ++i) {
        const AttentionCall& call = calls_[i / heads];
        const int kv_head = static_cast<int>(i % heads);
        kernels_.attention({.heads = config_.heads,
                            .kv_heads = config_.kv_heads,
                            .head_dim = config_.head_dim,
                            .kv_head = kv_head,
                            .first_position = rows_[call.first_row].position,
                            .query_rows = call.queries,
                            .pages = call.slice->pages.data(),
                            .page_offset = layout_.KeyOffset(layer, kv_head),
                            .queries = Queries(call.first_row),
                            .query_stride = static_cast<size_t>(QkvWidth()),
                            .out = &scratch_.attended_[call.first_row * QueryWidth()]});
      }
    });
  }

  const Model& model_;
  const ModelConfig& config_;
  const KernelTable& kernels_;
  KvLayout layout_;
  ForwardScratch& scratch_;
  ThreadPool& pool_;
  std::vector<Row> rows_;
  std::vector<AttentionCall> calls_;
};

// The final norm's rows, prepared at twice the width, and the head's products over them.
class HeadPass {
 public:
  HeadPass(const Model& model, const float* hidden, int n, ForwardScratch& scratch,
           ThreadPool& pool)
      : model_(model), kernels_(model.kernels()), pool_(pool), n_(n) {
    high_ = {scratch.input_floats_.data(), scratch.input_values_.data(),
             scratch.input_scales_.data()};
    low_ = {scratch.low_floats_.data(), scratch.low_values_.data(), scratch.low_scales_.data()};
    const ModelConfig& config = model.config();
    pool.ParallelFor(static_cast<size_t>(n), 4, [&](size_t begin, size_t end, int thread) {
      for (size_t row = begin; row < end; ++row) {
        kernels_.prepare_norm_wide(hidden + row * static_cast<size_t>(config.hidden),
                                   model.weights().output_norm.data(), config.rms_epsilon,
                                   config.hidden, static_cast<int>(row), high_, low_,
                                   scratch.work_[static_cast<size_t>(thread)].data());
      }
    });
  }

  // Sixteen panels a piece: the second product finds them in L2.
  void AllRows(float* logits) {
    const PackedMatrix& w = model_.weights().head.view;
    const size_t panels = static_cast<size_t>(PaddedRows(w.rows) / kPanelRows);
    const auto stride = static_cast<size_t>(w.rows);
    pool_.ParallelFor(panels, 16, [&](size_t begin, size_t end, int) {
      const int first = static_cast<int>(begin) * kPanelRows;
      const int last = std::min(static_cast<int>(end) * kPanelRows, w.rows);
      kernels_.matmul(w, high_, n_, first, last, nullptr, false, logits, stride);
      if (HasLowPart()) kernels_.matmul(w, low_, n_, first, last, nullptr, true, logits, stride);
    });
  }

  void SomeRows(std::span<const int32_t> ids, float* logits) {
    const PackedMatrix& w = model_.weights().head.view;
    const int count = static_cast<int>(ids.size());
    kernels_.matmul_rows(w, high_, n_, ids.data(), count, logits, ids.size());
    if (!HasLowPart()) return;
    std::vector<float> low(static_cast<size_t>(n_) * ids.size());
    kernels_.matmul_rows(w, low_, n_, ids.data(), count, low.data(), ids.size());
    for (size_t i = 0; i < low.size(); ++i) logits[i] += low[i];
  }

 private:
  bool HasLowPart() const { return kernels_.form == NumericForm::kRotatedInt8; }

  const Model& model_;
  const KernelTable& kernels_;
  ThreadPool& pool_;
  int n_;
  Activations high_;
  Activations low_;
};

void Forward(const Model& model, std::span<const SequenceSlice> slices, std::span<const int> blocks,
             ForwardScratch& scratch, ThreadPool& pool, float* out) {
  ForwardPass(model, slices, scratch, pool).Run(blocks, out);
}

void ComputeLogits(const Model& model, const float* hidden, int n, ForwardScratch& scratch,
                   ThreadPool& pool, float* logits) {
  HeadPass(model, hidden, n, scratch, pool).AllRows(logits);
}

void ComputeLabelLogits(const Model& model, const float* hidden, int n,
                        std::span<const int32_t> ids, ForwardScratch& scratch, ThreadPool& pool,
                        float* logits) {
  HeadPass(model, hidden, n, scratch, pool).SomeRows(ids, logits);
}

}  // namespace yixin
