// A loaded model: sizes, packed weights, the embedding where it lies in the file. Immutable; KV and
// scratch are passed in.
// Tested by: model_test.cc
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/thread_pool.h"
#include "formats/model_file.h"
#include "kernels/kernel_table.h"
#include "model/config.h"
#include "model/weights.h"
#include "yixin/result.h"

namespace yixin {

// Threads: any.
class Model {
 public:
  // Takes the file, whose mapping the embedding rows are read from. `pool` is used while loading.
  // Errors and cost: those of ReadModelConfig and PackWeights.
  static Result<std::unique_ptr<Model>> Load(ModelFile file, const KernelTable& kernels,
                                             ThreadPool& pool, const PackOptions& options);

  // Of weights that were packed from this file before.
  static std::unique_ptr<Model> FromWeights(ModelFile file, ModelConfig config,
                                            const KernelTable& kernels, ModelWeights weights);

  const ModelConfig& config() const { return config_; }
  const KernelTable& kernels() const { return *kernels_; }
  const ModelWeights& weights() const { return weights_; }
  // Of a model that was stored it has the embedding alone, and no metadata.
  const ModelFile& file() const { return file_; }
  // Of the packed weights.
  uint64_t weight_bytes() const;

  // The embedding of a token. In: id < vocabulary. Out: [hidden].
  void ReadEmbedding(int32_t id, std::span<float> out) const;

 private:
  Model(ModelFile file, ModelConfig config, const KernelTable& kernels, ModelWeights weights);

  ModelFile file_;
  ModelConfig config_;
  const KernelTable* kernels_;
  ModelWeights weights_;
  const TensorView* embedding_;
};

}  // namespace yixin
