// Packing goes panel by panel: sixteen rows are dequantized, rotated, and quantized into their
// panel, so nothing larger than a panel is ever held in float32. Tested by: model_test.cc
#include "model/weights.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cmath>

#include "formats/dequantize.h"
#include "kernels/pack.h"

namespace yixin {
namespace {

std::string ShapeText(std::span<const uint64_t> shape) {
  std::string text = "[";
  for (const uint64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

// By the name that the file has for it.
std::string NameOf(const TensorView& tensor) {
  return std::string(tensor.source_name.empty() ? tensor.name : tensor.source_name);
}

Error WrongShape(const TensorView& tensor, std::span<const uint64_t> expected) {
  return {ErrorCode::kInvalidFile,
          "tensor " + NameOf(tensor) + ": expected the shape " + ShapeText(expected) + ", got " +
              ShapeText(tensor.shape),
          NameOf(tensor)};
}

Error NotFinite(const TensorView& tensor) {
  return {ErrorCode::kInvalidFile,
          "tensor " + NameOf(tensor) + ": holds a value that is not finite; the file is damaged",
          NameOf(tensor)};
}

class Packer {
 public:
  Packer(const ModelFile& file, const ModelConfig& config, const KernelTable& kernels,
         ThreadPool& pool, const PackOptions& options)
      : file_(file), config_(config), kernels_(kernels), pool_(pool), options_(options) {
    for (const TensorView& tensor : file.tensors()) total_ += tensor.bytes.size();
  }

  Result<std::vector<float>> ReadVector(const std::string& name, int size) {
    YIXIN_TRY(const TensorView* tensor, file_.GetTensor(name));
    const std::array<uint64_t, 1> expected = {static_cast<uint64_t>(size)};
    if (!std::ranges::equal(tensor->shape, expected)) return WrongShape(*tensor, expected);
    std::vector<float> values(static_cast<size_t>(size));
    YIXIN_CHECK_OK(DequantizeRow(tensor->type, tensor->bytes, values));
    if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); })) {
      return NotFinite(*tensor);
    }
    return values;
  }

  Result<TensorRows> Source(const std::string& name, int rows, int cols, bool rotary = false) {
    YIXIN_TRY(const TensorView* tensor, file_.GetTensor(name));
    const std::array<uint64_t, 2> expected = {static_cast<uint64_t>(rows),
                                              static_cast<uint64_t>(cols)};
    if (!std::ranges::equal(tensor->shape, expected)) return WrongShape(*tensor, expected);
    return TensorRows{tensor, rotary && config_.interleaved_rope ? config_.head_dim : 0};
  }

  // The rows of all sources, one under the other, as one matrix.
  Result<OwnedMatrix> Pack(std::span<const TensorRows> sources) {
    int rows = 0;
    for (const TensorRows& source : sources) rows += static_cast<int>(source.tensor->rows());
    return Pack(sources, rows, [sources](uint64_t row) {
      size_t i = 0;
      while (row >= sources[i].tensor->rows()) row -= sources[i++].tensor->rows();
      return Place{&sources[i], row};
    });
  }

  // Two sources of one shape, a panel of each in turn; zeros fill their last panels.
  Result<OwnedMatrix> PackInTurns(const std::array<TensorRows, 2>& sources) {
    const uint64_t rows = sources[0].tensor->rows();
    return Pack(sources, 2 * PaddedRows(static_cast<int>(rows)), [&sources, rows](uint64_t row) {
      const uint64_t panel = row / kPanelRows;
      const uint64_t source_row = panel / 2 * kPanelRows + row % kPanelRows;
      return Place{source_row < rows ? &sources[panel % 2] : nullptr, source_row};
    });
  }

 private:
  // Where a packed row comes from; no source: a row of zeros.
  struct Place {
    const TensorRows* source;
    uint64_t row;
  };
  using PlaceOf = std::function<Place(uint64_t)>;

  Result<OwnedMatrix> Pack(std::span<const TensorRows> sources, int rows, const PlaceOf& place_of) {
    OwnedMatrix matrix;
    matrix.view.cols = static_cast<int>(sources[0].tensor->cols());
    matrix.view.rows = rows;
    Status status = kernels_.form == NumericForm::kFloat32 ? PackFloats(place_of, matrix)
                                                           : PackInt8(place_of, matrix);
    if (Stopped()) return Error{ErrorCode::kCancelled, "stopped while packing weights", ""};
    if (!status) return std::move(status).error();
    for (const TensorRows& source : sources) {
      file_.ReleaseTensor(*source.tensor);
      done_ += source.tensor->bytes.size();
    }
    if (options_.progress) {
      options_.progress(static_cast<double>(done_) / static_cast<double>(total_));
    }
    return matrix;
  }

  bool Stopped() const { return options_.stop != nullptr && options_.stop->requested(); }

  static bool ReadRow(const Place& place, std::span<float> out) {
    if (place.source == nullptr) {
      std::ranges::fill(out, 0.0f);
      return true;
    }
    const TensorRows& source = *place.source;
    uint64_t row = place.row;
    if (const auto dim = static_cast<uint64_t>(source.interleaved_head_dim); dim != 0) {
      const uint64_t in_head = row % dim;
      const uint64_t half = dim / 2;
      row += 2 * (in_head % half) + in_head / half - in_head;
    }
    return DequantizeRow(source.tensor->type, source.tensor->Row(row), out).has_value();
  }

  Status PackFloats(const PlaceOf& place_of, OwnedMatrix& matrix) {
    const auto rows = static_cast<size_t>(matrix.view.rows);
    const auto cols = static_cast<size_t>(matrix.view.cols);
    matrix.floats = AlignedBuffer<float>(rows * cols);
    std::atomic<bool> finite{true};
    pool_.ParallelFor(rows, 64, [&](size_t begin, size_t end, int) {
      for (size_t r = begin; r < end && !Stopped(); ++r) {
        const std::span<float> out(&matrix.floats[r * cols], cols);
        float poison = 0;
        if (!ReadRow(place_of(r), out)) poison = NAN;
        for (const float value : out) poison += value * 0.0f;
        if (!(poison == 0.0f)) finite = false;
      }
    });
    if (!finite) return NotFinite(*place_of(0).source->tensor);
    matrix.view.floats = matrix.floats.data();
    return {};
  }

  Status PackInt8(const PlaceOf& place_of, OwnedMatrix& matrix) {
    const int cols = matrix.view.cols;
    const auto padded = static_cast<size_t>(PaddedCols(cols));
    const auto padded_rows = static_cast<size_t>(PaddedRows(matrix.view.rows));
    matrix.values = AlignedBuffer<int8_t>(padded_rows * padded);
    matrix.scales = AlignedBuffer<float>(padded_rows);
    matrix.offsets = AlignedBuffer<int32_t>(padded_rows);
    std::vector<AlignedBuffer<float>> work(static_cast<size_t>(pool_.threads()));
    for (auto& buffer : work) {
      buffer = AlignedBuffer<float>(padded * kPanelRows);
      std::fill_n(buffer.data(), buffer.size(), 0.0f);
    }
    std::atomic<bool> finite{true};
    pool_.ParallelFor(padded_rows / kPanelRows, 4, [&](size_t begin, size_t end, int thread) {
      float* rows = work[static_cast<size_t>(thread)].data();
      for (size_t panel = begin; panel < end && !Stopped(); ++panel) {
        const size_t first = panel * kPanelRows;
        const int count = std::min(kPanelRows, matrix.view.rows - static_cast<int>(first));
        for (int r = 0; r < count; ++r) {
          const std::span<float> row(rows + static_cast<size_t>(r) * padded,
                                     static_cast<size_t>(cols));
          if (!ReadRow(place_of(first + static_cast<size_t>(r)), row)) finite = false;
          kernels_.rotate(row.data(), cols);
        }
        if (!PackPanel(rows, count, cols, &matrix.values[first * padded], &matrix.scales[first],
                       &matrix.offsets[first])) {
          finite = false;
        }
      }
    });
    if (!finite) return NotFinite(*place_of(0).source->tensor);
    matrix.view.values = matrix.values.data();
    matrix.view.scales = matrix.scales.data();
    matrix.view.offsets = matrix.offsets.data();
    return {};
  }

  const ModelFile& file_;
  const ModelConfig& config_;
  const KernelTable& kernels_;
  ThreadPool& pool_;
  const PackOptions& options_;
  uint64_t total_ = 0;
  uint64_t done_ = 0;
};

// The tensor's name within its layer: "attn_q.weight" of "blk.0.attn_q.weight". Empty where `name`
// is no tensor of a layer below `layers`.
std::string_view NameInLayer(std::string_view name, int layers) {
  if (!name.starts_with("blk.")) return {};
  name.remove_prefix(4);
  int layer = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), layer);
  const auto digits = static_cast<size_t>(end - name.data());
  if (error != std::errc() || layer < 0 || layer >= layers) return {};
  if (std::to_string(layer) != name.substr(0, digits)) return {};  // "007", "-0"
  name.remove_prefix(digits);
  return name.starts_with('.') ? name.substr(1) : std::string_view();
}

// A tensor that the decoder does not know would be ignored, and the model would be another one.
Status RefuseUnknownTensors(const ModelFile& file, const ModelConfig& config) {
  constexpr std::array<std::string_view, 12> kLayerTensors = {
      "attn_norm.weight", "attn_q.weight",   "attn_q.bias",   "attn_k.weight",
      "attn_k.bias",      "attn_v.weight",   "attn_v.bias",   "attn_output.weight",
      "ffn_norm.weight",  "ffn_gate.weight", "ffn_up.weight", "ffn_down.weight"};
  constexpr std::array<std::string_view, 3> kModelTensors = {"token_embd.weight",
                                                             "output_norm.weight", "output.weight"};
  for (const TensorView& tensor : file.tensors()) {
    if (std::ranges::find(kModelTensors, tensor.name) != kModelTensors.end()) continue;
    const std::string_view name = NameInLayer(tensor.name, config.layers);
    if (std::ranges::find(kLayerTensors, name) != kLayerTensors.end()) continue;
    return Error{ErrorCode::kUnsupported,
                 "tensor " + NameOf(tensor) + ": not part of a qwen2 or llama decoder of " +
                     std::to_string(config.layers) + " layers",
                 NameOf(tensor)};
  }
  return {};
}

Result<LayerWeights> PackLayer(Packer& packer, const ModelFile& file, const ModelConfig& config,
                               int index) {
  const std::string prefix = "blk." + std::to_string(index) + ".";
  const int q_rows = config.heads * config.head_dim;
  const int kv_rows = config.kv_heads * config.head_dim;
  LayerWeights layer;
  YIXIN_TRY(layer.attention_norm, packer.ReadVector(prefix + "attn_norm.weight", config.hidden));
  YIXIN_TRY(layer.ffn_norm, packer.ReadVector(prefix + "ffn_norm.weight", config.hidden));

  YIXIN_TRY(const TensorRows q,
            packer.Source(prefix + "attn_q.weight", q_rows, config.hidden, true));
  YIXIN_TRY(const TensorRows k,
            packer.Source(prefix + "attn_k.weight", kv_rows, config.hidden, true));
  YIXIN_TRY(const TensorRows v, packer.Source(prefix + "attn_v.weight", kv_rows, config.hidden));
  const std::array<TensorRows, 3> qkv = {q, k, v};
  YIXIN_TRY(layer.qkv, packer.Pack(qkv));
  const std::array<std::pair<const char*, int>, 3> biases = {
      {{"attn_q.bias", q_rows}, {"attn_k.bias", kv_rows}, {"attn_v.bias", kv_rows}}};
  const auto present = std::ranges::find_if(
      biases, [&](const auto& bias) { return file.FindTensor(prefix + bias.first) != nullptr; });
  if (present != biases.end()) {  // then all three
    if (config.interleaved_rope) {
      return Error{
          ErrorCode::kUnsupported,
          "tensor " + prefix + present->first + ": a bias on permuted rows is not supported",
          prefix + present->first};
    }
    for (const auto& [name, rows] : biases) {
      YIXIN_TRY(const std::vector<float> bias, packer.ReadVector(prefix + name, rows));
      layer.qkv_bias.insert(layer.qkv_bias.end(), bias.begin(), bias.end());
    }
  }
  const auto pack_one = [&](const char* name, int rows, int cols) -> Result<OwnedMatrix> {
    YIXIN_TRY(const TensorRows source, packer.Source(prefix + name, rows, cols));
    return packer.Pack({&source, 1});
  };
  YIXIN_TRY(layer.attention_output, pack_one("attn_output.weight", config.hidden, q_rows));
  YIXIN_TRY(const TensorRows gate,
            packer.Source(prefix + "ffn_gate.weight", config.ffn, config.hidden));
  YIXIN_TRY(const TensorRows up,
            packer.Source(prefix + "ffn_up.weight", config.ffn, config.hidden));
  const std::array<TensorRows, 2> gate_up = {gate, up};
  YIXIN_TRY(layer.gate_up, packer.PackInTurns(gate_up));
  YIXIN_TRY(layer.down, pack_one("ffn_down.weight", config.hidden, config.ffn));
  return layer;
}

}  // namespace

size_t OwnedMatrix::bytes() const {
  if (view.floats != nullptr) {
    return static_cast<size_t>(view.rows) * static_cast<size_t>(view.cols) * sizeof(float);
  }
  const auto padded_rows = static_cast<size_t>(PaddedRows(view.rows));
  return padded_rows * static_cast<size_t>(PaddedCols(view.cols)) +
         padded_rows * (sizeof(float) + sizeof(int32_t));
}

Result<ModelWeights> PackWeights(const ModelFile& file, const ModelConfig& config,
                                 const KernelTable& kernels, ThreadPool& pool,
                                 const PackOptions& options) {
  YIXIN_CHECK_OK(RefuseUnknownTensors(file, config));
  Packer packer(file, config, kernels, pool, options);
  ModelWeights weights;
  for (int i = 0; i < config.layers; ++i) {
    YIXIN_TRY(LayerWeights layer, PackLayer(packer, file, config, i));
    if (options.on_layer) YIXIN_CHECK_OK(options.on_layer(i, layer));
    weights.layers.push_back(std::move(layer));
  }
  YIXIN_TRY(weights.output_norm, packer.ReadVector("output_norm.weight", config.hidden));
  YIXIN_TRY(const TensorRows head,
            packer.Source(config.tied_head ? "token_embd.weight" : "output.weight",
                          config.vocabulary, config.hidden));
  YIXIN_TRY(weights.head, packer.Pack({&head, 1}));
  return weights;
}

}  // namespace yixin
