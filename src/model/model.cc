// Tested by: model_test.cc
#include "model/model.h"

#include <utility>

#include "formats/dequantize.h"

namespace yixin {

Result<std::unique_ptr<Model>> Model::Load(ModelFile file, const KernelTable& kernels,
                                           ThreadPool& pool, const PackOptions& options) {
  YIXIN_TRY(ModelConfig config, ReadModelConfig(file));
  YIXIN_TRY(ModelWeights weights, PackWeights(file, config, kernels, pool, options));
  return FromWeights(std::move(file), std::move(config), kernels, std::move(weights));
}

std::unique_ptr<Model> Model::FromWeights(ModelFile file, ModelConfig config,
                                          const KernelTable& kernels, ModelWeights weights) {
  return std::unique_ptr<Model>(
      new Model(std::move(file), std::move(config), kernels, std::move(weights)));
}

Model::Model(ModelFile file, ModelConfig config, const KernelTable& kernels, ModelWeights weights)
    : file_(std::move(file)),
      config_(std::move(config)),
      kernels_(&kernels),
      weights_(std::move(weights)),
      embedding_(file_.FindTensor("token_embd.weight")) {}

uint64_t Model::weight_bytes() const {
  uint64_t bytes = weights_.head.bytes();
  for (const LayerWeights& layer : weights_.layers) {
    bytes += layer.qkv.bytes() + layer.attention_output.bytes() + layer.gate_up.bytes() +
             layer.down.bytes();
  }
  return bytes;
}

void Model::ReadEmbedding(int32_t id, std::span<float> out) const {
  const auto row = file_.ReadBytes(embedding_->Row(static_cast<uint64_t>(id)));
  // The shape was checked when the model was loaded, so this cannot fail.
  (void)DequantizeRow(embedding_->type, row, out).has_value();
}

}  // namespace yixin
