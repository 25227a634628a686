// A model's weights in one numeric form, packed from a model file or mapped from a packed one.
// Tested by: model_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/thread_pool.h"
#include "formats/model_file.h"
#include "formats/packed_file.h"
#include "kernels/kernel_table.h"
#include "model/config.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

// A packed matrix that owns its memory, or borrows it where the buffers are empty (ModelWeights::
// mapping). The view's pointers stay when it is moved.
struct OwnedMatrix {
  PackedMatrix view;
  AlignedBuffer<float> floats;
  AlignedBuffer<int8_t> values;
  AlignedBuffer<float> scales;
  AlignedBuffer<int32_t> offsets;

  size_t bytes() const;
};

struct LayerWeights {
  std::vector<float> attention_norm;  // [hidden]
  OwnedMatrix qkv;                    // [(heads + 2 * kv_heads) * head_dim, hidden]: q, k, v
  std::vector<float> qkv_bias;        // [(heads + 2 * kv_heads) * head_dim], or empty
  OwnedMatrix attention_output;       // [hidden, heads * head_dim]
  std::vector<float> ffn_norm;        // [hidden]
  OwnedMatrix gate_up;  // [2 * PaddedRows(ffn), hidden]: panels of gate and up take turns
  OwnedMatrix down;     // [hidden, ffn]
};

struct ModelWeights {
  std::vector<LayerWeights> layers;
  std::vector<float> output_norm;  // [hidden]
  OwnedMatrix head;                // [vocabulary, hidden]
  PackedFile mapping;              // what borrowed matrices lie in
};

// Rows of q and k as GGUF permutes them for llama models, undone: afterwards pairs of rotation
// stand half a head apart for every architecture.
struct TensorRows {
  const TensorView* tensor = nullptr;
  int interleaved_head_dim = 0;  // 0: rows as they stand
};

struct PackOptions {
  // Called with a share in [0, 1] from the calling thread; may be empty.
  std::function<void(double)> progress;
  // Called with each layer as soon as it is packed, in order. It may take the layer's memory away:
  // a model that is written to a file then never lies in memory as a whole. An error ends the
  // packing. May be empty.
  std::function<Status(int index, LayerWeights& layer)> on_layer;
  const StopFlag* stop = nullptr;  // looked at every few rows
};

// Reads every tensor that the decoder needs, checks its shape and packs it.
// Errors: kInvalidFile (a tensor is missing, has another shape, or holds a value that is not
// finite) and kUnsupported (a layer has a tensor that the decoder would ignore), naming the tensor;
// kCancelled. Cost: all weights once; about two seconds on two cores for half a billion.
Result<ModelWeights> PackWeights(const ModelFile& file, const ModelConfig& config,
                                 const KernelTable& kernels, ThreadPool& pool,
                                 const PackOptions& options);

}  // namespace yixin
