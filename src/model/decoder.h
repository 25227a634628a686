// The forward pass of a pre-norm decoder with grouped-query attention, rotary positions and a
// SwiGLU feed-forward layer (Qwen2, arXiv 2407.10671; Llama, arXiv 2302.13971), over a ragged
// batch. Tested by: engine_test.cc, tests/golden
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/thread_pool.h"
#include "model/kv_page.h"
#include "model/model.h"

namespace yixin {

// New tokens of one sequence. In: pages cover [0, position + tokens.size()), those that hold new
// positions writable and nobody else's.
struct SequenceSlice {
  std::span<const int32_t> tokens;
  int32_t position = 0;  // of tokens[0]
  std::span<std::byte* const> pages;
  size_t first_output = 0;  // hidden states are wanted from tokens[first_output] on
};

// Buffers for passes of up to max_tokens tokens. Threads: one pass at a time.
class ForwardScratch {
 public:
  ForwardScratch(const ModelConfig& config, NumericForm form, int max_tokens, int threads);
  int max_tokens() const { return max_tokens_; }

 private:
  friend class ForwardPass;
  friend class HeadPass;
  int max_tokens_;
  AlignedBuffer<float> hidden_;  // [max_tokens, hidden]
  // What lives within half a layer: attention's two, or the one of the feed-forward step.
  AlignedBuffer<std::byte> half_layer_;
  float* qkv_ = nullptr;            // [max_tokens, (heads + 2 * kv_heads) * head_dim]
  float* attended_ = nullptr;       // [max_tokens, heads * head_dim]
  float* gated_floats_ = nullptr;   // kFloat32: GatedRows of max_tokens
  uint16_t* gated_bf16_ = nullptr;  // kRotatedInt8: the same
  AlignedBuffer<float> cos_;        // [max_tokens, head_dim / 2]
  AlignedBuffer<float> sin_;
  AlignedBuffer<float> input_floats_;   // kFloat32: [max_tokens, widest input]
  AlignedBuffer<int8_t> input_values_;  // kRotatedInt8: [max_tokens, widest input, padded]
  AlignedBuffer<float> input_scales_;   // [max_tokens]
  AlignedBuffer<float> low_floats_;     // the low part of the head's input: [max_tokens, hidden]
  AlignedBuffer<int8_t> low_values_;
  AlignedBuffer<float> low_scales_;
  std::vector<AlignedBuffer<float>> work_;  // a thread's row
};

// One pass over the first blocks.back() layers. In: at most scratch.max_tokens() tokens in all; ids
// within the vocabulary; blocks ascending, each in [1, layers].
// Out: hidden states of the wanted positions, slice by slice: [outputs, blocks.size(), hidden],
// those of blocks[i] as the residual stream has them after so many layers, before any norm.
void Forward(const Model& model, std::span<const SequenceSlice> slices, std::span<const int> blocks,
             ForwardScratch& scratch, ThreadPool& pool, float* out);

// The output head. In: hidden [n, hidden], n <= scratch.max_tokens(). Out: logits [n, vocabulary].
void ComputeLogits(const Model& model, const float* hidden, int n, ForwardScratch& scratch,
                   ThreadPool& pool, float* logits);
// Some rows of it: [n, ids.size()], the same bits.
void ComputeLabelLogits(const Model& model, const float* hidden, int n,
                        std::span<const int32_t> ids, ForwardScratch& scratch, ThreadPool& pool,
                        float* logits);

}  // namespace yixin
