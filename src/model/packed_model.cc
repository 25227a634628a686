// Tested by: packed_model_test.cc
#include "model/packed_model.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/byte_reader.h"
#include "formats/hf_folder.h"
#include "yixin/version.h"

namespace yixin {
namespace {

constexpr const char* kManifestSection = "manifest";
constexpr const char* kVectorsSection = "vectors";
constexpr const char* kHeadSection = "head";
constexpr const char* kSourceSection = "source";
constexpr const char* kEmbedding = "token_embd.weight";

// The matrices of a layer: section names, where they belong, and their shapes.
struct LayerMatrix {
  const char* name;
  OwnedMatrix LayerWeights::*matrix;
  int (*rows)(const ModelConfig&);
  int (*cols)(const ModelConfig&);
};

constexpr std::array<LayerMatrix, 4> kLayerMatrices = {{
    {"qkv", &LayerWeights::qkv,
     [](const ModelConfig& c) { return (c.heads + 2 * c.kv_heads) * c.head_dim; },
     [](const ModelConfig& c) { return c.hidden; }},
    {"attention_output", &LayerWeights::attention_output,
     [](const ModelConfig& c) { return c.hidden; },
     [](const ModelConfig& c) { return c.heads * c.head_dim; }},
    {"gate_up", &LayerWeights::gate_up, [](const ModelConfig& c) { return 2 * PaddedRows(c.ffn); },
     [](const ModelConfig& c) { return c.hidden; }},
    {"down", &LayerWeights::down, [](const ModelConfig& c) { return c.hidden; },
     [](const ModelConfig& c) { return c.ffn; }},
}};

std::string SectionName(int layer, const LayerMatrix& matrix) {
  return "layer." + std::to_string(layer) + "." + matrix.name;
}

Error Damaged(const std::string& what) {
  return {ErrorCode::kInvalidFile, "the packed weights are damaged: " + what, ""};
}

Error Outdated(const std::string& what) {
  return {ErrorCode::kUnsupported, "the packed weights are " + what, ""};
}

template <typename T>
std::span<const std::byte> BytesOf(const T* values, size_t count) {
  return std::as_bytes(std::span(values, count));
}

// Values, scales and offsets one after the other; their sizes are multiples of a cache line, so
// that each begins on one.
Status WriteMatrix(PackedFileWriter& writer, const std::string& name, const PackedMatrix& matrix) {
  const auto rows = static_cast<size_t>(PaddedRows(matrix.rows));
  const auto cols = static_cast<size_t>(PaddedCols(matrix.cols));
  YIXIN_CHECK_OK(writer.BeginSection(name));
  YIXIN_CHECK_OK(writer.Append(BytesOf(matrix.values, rows * cols)));
  YIXIN_CHECK_OK(writer.Append(BytesOf(matrix.scales, rows)));
  return writer.Append(BytesOf(matrix.offsets, rows));
}

Result<OwnedMatrix> MapMatrix(const PackedFile& packed, const std::string& name, int rows,
                              int cols) {
  OwnedMatrix matrix;
  matrix.view.rows = rows;
  matrix.view.cols = cols;
  const auto padded_rows = static_cast<size_t>(PaddedRows(rows));
  const size_t values = padded_rows * static_cast<size_t>(PaddedCols(cols));
  const size_t expected = values + padded_rows * (sizeof(float) + sizeof(int32_t));
  YIXIN_TRY(const std::span<const std::byte> bytes, packed.Get(name));
  if (bytes.size() != expected) {
    return Damaged("section " + name + ": expected " + std::to_string(expected) + " bytes, got " +
                   std::to_string(bytes.size()));
  }
  const std::byte* at = bytes.data();
  matrix.view.values = reinterpret_cast<const int8_t*>(at);
  matrix.view.scales = reinterpret_cast<const float*>(at + values);
  matrix.view.offsets = reinterpret_cast<const int32_t*>(at + values + padded_rows * sizeof(float));
  return matrix;
}

class ByteWriter {
 public:
  template <typename T>
  void Put(T value) {
    PutBytes(BytesOf(&value, 1));
  }
  void PutText(std::string_view text) {
    Put(static_cast<uint32_t>(text.size()));
    PutBytes(BytesOf(text.data(), text.size()));
  }
  void PutVector(std::span<const float> values) {
    Put(static_cast<uint32_t>(values.size()));
    PutBytes(BytesOf(values.data(), values.size()));
  }
  std::vector<std::byte> Take() { return std::move(bytes_); }

 private:
  void PutBytes(std::span<const std::byte> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  std::vector<std::byte> bytes_;
};

std::optional<std::string> ReadText(ByteReader& reader) {
  const auto size = reader.Read<uint32_t>();
  const auto text = size ? reader.ReadText(*size) : std::nullopt;
  if (!text) return std::nullopt;
  return std::string(*text);
}

// In: `size`, or 0 where `optional`.
Result<std::vector<float>> ReadVector(ByteReader& reader, int size, bool optional = false) {
  const auto count = reader.Read<uint32_t>();
  if (!count || (*count != static_cast<uint32_t>(size) && !(optional && *count == 0))) {
    return Damaged("the vectors do not fit the model");
  }
  const auto bytes = reader.ReadBytes(uint64_t{*count} * sizeof(float));
  if (!bytes) return Damaged("the vectors end too early");
  std::vector<float> values(*count);
  if (!values.empty()) std::memcpy(values.data(), bytes->data(), bytes->size());
  return values;
}

std::vector<std::byte> SerialiseVectors(const ModelWeights& weights) {
  ByteWriter writer;
  for (const LayerWeights& layer : weights.layers) {
    writer.PutVector(layer.attention_norm);
    writer.PutVector(layer.ffn_norm);
    writer.PutVector(layer.qkv_bias);
  }
  writer.PutVector(weights.output_norm);
  return writer.Take();
}

Status ReadVectors(std::span<const std::byte> bytes, const ModelConfig& config,
                   ModelWeights& weights) {
  ByteReader reader(bytes);
  for (LayerWeights& layer : weights.layers) {
    YIXIN_TRY(layer.attention_norm, ReadVector(reader, config.hidden));
    YIXIN_TRY(layer.ffn_norm, ReadVector(reader, config.hidden));
    YIXIN_TRY(layer.qkv_bias, ReadVector(reader, kLayerMatrices[0].rows(config), true));
  }
  YIXIN_TRY(weights.output_norm, ReadVector(reader, config.hidden));
  if (reader.remaining() != 0) return Damaged("the vectors do not fit the model");
  return {};
}

Status VerifyIfTouched(const std::filesystem::path& path, const ModelWeights& weights) {
  if (!weights.mapping.touched()) return {};
  YIXIN_CHECK_OK(weights.mapping.VerifyAll());
  MarkVerified(path);
  return {};
}

}  // namespace

PackedManifest MakeManifest(const FileIdentity& source, const std::string& source_path) {
  return {.layout_version = kPackedLayoutVersion,
          .numeric_form = static_cast<uint32_t>(NumericForm::kRotatedInt8),
          .numerics_version = kNumericsVersion,
          .panel_rows = kPanelRows,
          .column_padding = kColumnPadding,
          .yixin_version = kVersion,
          .source = source,
          .source_path = source_path};
}

std::vector<std::byte> SerialiseManifest(const PackedManifest& manifest) {
  ByteWriter writer;
  writer.Put(manifest.layout_version);
  writer.Put(manifest.numeric_form);
  writer.Put(manifest.numerics_version);
  writer.Put(manifest.panel_rows);
  writer.Put(manifest.column_padding);
  writer.PutText(manifest.yixin_version);
  writer.Put(manifest.source.size);
  writer.Put(manifest.source.modified_ns);
  writer.Put(manifest.source.inode);
  writer.PutText(manifest.source_path);
  return writer.Take();
}

Result<PackedManifest> ParseManifest(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  PackedManifest manifest;
  const auto read = [&](auto& field) {
    const auto value = reader.Read<std::remove_reference_t<decltype(field)>>();
    if (value) field = *value;
    return value.has_value();
  };
  const auto read_text = [&](std::string& field) {
    auto text = ReadText(reader);
    if (!text) return false;
    field = *std::move(text);
    return true;
  };
  if (!read(manifest.layout_version) || !read(manifest.numeric_form) ||
      !read(manifest.numerics_version) || !read(manifest.panel_rows) ||
      !read(manifest.column_padding) || !read_text(manifest.yixin_version) ||
      !read(manifest.source.size) || !read(manifest.source.modified_ns) ||
      !read(manifest.source.inode) || !read_text(manifest.source_path) || reader.remaining() != 0) {
    return Damaged("the manifest has another length");
  }
  return manifest;
}

Result<PackedManifest> ReadManifest(const PackedFile& packed) {
  YIXIN_TRY(const auto bytes, packed.GetVerified(kManifestSection));
  return ParseManifest(bytes);
}

Status CheckManifest(const PackedManifest& manifest, const FileIdentity& source) {
  const PackedManifest expected = MakeManifest(source, manifest.source_path);
  if (manifest.yixin_version != expected.yixin_version) {
    return Outdated("those of yixin " + manifest.yixin_version + ", this is " +
                    expected.yixin_version);
  }
  if (manifest.source != source) return Outdated("of a model file that has changed since");
  if (manifest != expected) {
    return Outdated("of another layout (" + std::to_string(manifest.layout_version) +
                    ", expected " + std::to_string(expected.layout_version) + ")");
  }
  return {};
}

std::vector<std::byte> SerialiseSource(const ModelFile& source, const ModelConfig& config) {
  ByteWriter writer;
  writer.Put(static_cast<uint32_t>(config.architecture));
  writer.PutText(config.name);
  for (const int size : {config.layers, config.hidden, config.heads, config.kv_heads,
                         config.head_dim, config.ffn, config.vocabulary, config.trained_context}) {
    writer.Put(static_cast<int32_t>(size));
  }
  writer.Put(config.rope_base);
  writer.Put(config.rms_epsilon);
  writer.Put(static_cast<uint8_t>(config.tied_head));
  writer.Put(static_cast<uint8_t>(config.interleaved_rope));
  const TensorView* embedding = source.FindTensor(kEmbedding);
  const auto offset = embedding == nullptr ? std::nullopt : source.OffsetInFile(*embedding);
  writer.Put(static_cast<uint8_t>(offset.has_value()));
  writer.Put(offset ? GetTensorTypeInfo(embedding->type).gguf_id : uint32_t{0});
  writer.Put(offset.value_or(0));
  return writer.Take();
}

Result<std::pair<ModelFile, ModelConfig>> ParseSource(std::span<const std::byte> bytes,
                                                      MappedFile mapping) {
  ByteReader reader(bytes);
  ModelConfig config;
  const auto architecture = reader.Read<uint32_t>();
  auto name = architecture ? ReadText(reader) : std::nullopt;
  bool whole = name.has_value();
  for (int* size : {&config.layers, &config.hidden, &config.heads, &config.kv_heads,
                    &config.head_dim, &config.ffn, &config.vocabulary, &config.trained_context}) {
    const auto value = reader.Read<int32_t>();
    whole = whole && value;
    *size = value.value_or(0);
  }
  const auto rope_base = reader.Read<float>();
  const auto rms_epsilon = reader.Read<float>();
  const auto tied_head = reader.Read<uint8_t>();
  const auto interleaved = reader.Read<uint8_t>();
  const auto in_one_file = reader.Read<uint8_t>();
  const auto gguf_id = reader.Read<uint32_t>();
  const auto offset = reader.Read<uint64_t>();
  if (!whole || !offset || reader.remaining() != 0 || *architecture > 1) {
    return Damaged("what it says of the source has another length");
  }
  config.architecture = static_cast<Architecture>(*architecture);
  config.name = *std::move(name);
  config.rope_base = *rope_base;
  config.rms_epsilon = *rms_epsilon;
  config.tied_head = *tied_head != 0;
  config.interleaved_rope = *interleaved != 0;
  if (!CheckModelConfig(config)) return Damaged("it has the sizes of no model");
  if (*in_one_file == 0) return Outdated("of a model of several files");

  const std::optional<TensorType> type = TensorTypeFromGgufId(*gguf_id);
  if (!type) return Damaged("the embedding has no type");
  const TensorTypeInfo& info = GetTensorTypeInfo(*type);
  const auto rows = static_cast<uint64_t>(config.vocabulary);
  const auto cols = static_cast<uint64_t>(config.hidden);
  // Both below 2^24, so the product fits.
  const uint64_t size = rows * (cols / info.block_elements) * info.block_bytes;
  const std::span<const std::byte> file = mapping.bytes();
  if (cols % info.block_elements != 0 || *offset > file.size() || size > file.size() - *offset) {
    return Damaged("the embedding lies outside the model file");
  }
  ModelFileParts parts;
  parts.tensors.push_back(
      {.name = kEmbedding,
       .type = *type,
       .shape = {rows, cols},
       .bytes = file.subspan(static_cast<size_t>(*offset), static_cast<size_t>(size))});
  parts.size = file.size();
  parts.identity = mapping.identity();
  parts.mappings.push_back(std::move(mapping));
  return std::pair(ModelFile(std::move(parts)), std::move(config));
}

Status WritePackedModel(const ModelFile& source, const ModelConfig& config,
                        const KernelTable& kernels, ThreadPool& pool,
                        const PackedModelTarget& target) {
  YIXIN_TRY(PackedFileWriter writer, PackedFileWriter::Create(target.path));
  const auto write_layer = [&](int index, LayerWeights& layer) -> Status {
    for (const LayerMatrix& matrix : kLayerMatrices) {
      OwnedMatrix& packed = layer.*matrix.matrix;
      YIXIN_CHECK_OK(WriteMatrix(writer, SectionName(index, matrix), packed.view));
      packed = OwnedMatrix();
    }
    return {};
  };
  YIXIN_TRY(
      const ModelWeights weights,
      PackWeights(source, config, kernels, pool,
                  {.progress = target.progress, .on_layer = write_layer, .stop = target.stop}));
  YIXIN_CHECK_OK(WriteMatrix(writer, kHeadSection, weights.head.view));
  YIXIN_CHECK_OK(writer.AddSection(kVectorsSection, SerialiseVectors(weights)));
  YIXIN_CHECK_OK(writer.AddSection(kSourceSection, SerialiseSource(source, config)));
  for (const PackedExtra& extra : target.extras) {
    YIXIN_CHECK_OK(writer.AddSection(extra.name, extra.bytes));
  }
  const PackedManifest manifest = MakeManifest(source.identity(), target.source_path);
  YIXIN_CHECK_OK(writer.AddSection(kManifestSection, SerialiseManifest(manifest)));

  YIXIN_TRY(const FileIdentity now, ReadModelIdentity(target.source_path));
  if (now != source.identity()) {
    return Error{ErrorCode::kIo, target.source_path + ": changed while it was being packed",
                 target.source_path};
  }
  if (target.stop != nullptr && target.stop->requested()) {
    return Error{ErrorCode::kCancelled, "stopped while packing weights", target.source_path};
  }
  return writer.Commit();
}

Result<ModelWeights> ReadPackedModel(PackedFile packed, const FileIdentity& source,
                                     const ModelConfig& config) {
  YIXIN_TRY(const PackedManifest manifest, ReadManifest(packed));
  YIXIN_CHECK_OK(CheckManifest(manifest, source));
  return MapPackedWeights(std::move(packed), config);
}

Result<ModelWeights> MapPackedWeights(PackedFile packed, const ModelConfig& config) {
  ModelWeights weights;
  weights.layers.resize(static_cast<size_t>(config.layers));
  for (int i = 0; i < config.layers; ++i) {
    for (const LayerMatrix& matrix : kLayerMatrices) {
      YIXIN_TRY(
          weights.layers[static_cast<size_t>(i)].*matrix.matrix,
          MapMatrix(packed, SectionName(i, matrix), matrix.rows(config), matrix.cols(config)));
    }
  }
  YIXIN_TRY(weights.head, MapMatrix(packed, kHeadSection, config.vocabulary, config.hidden));
  YIXIN_TRY(const auto vectors, packed.GetVerified(kVectorsSection));
  YIXIN_CHECK_OK(ReadVectors(vectors, config, weights));
  weights.mapping = std::move(packed);
  return weights;
}

Result<ModelWeights> OpenPackedModel(const std::filesystem::path& path, const ModelFile& source,
                                     const ModelConfig& config) {
  YIXIN_TRY(PackedFile packed, PackedFile::Open(path));
  YIXIN_TRY(ModelWeights weights, ReadPackedModel(std::move(packed), source.identity(), config));
  YIXIN_TRY(const auto section, weights.mapping.GetVerified(kSourceSection));
  if (!std::ranges::equal(section, SerialiseSource(source, config))) {
    return Damaged("it has another model's sizes");
  }
  YIXIN_CHECK_OK(VerifyIfTouched(path, weights));
  return weights;
}

Result<StoredModel> OpenStoredModel(const std::filesystem::path& path,
                                    const std::filesystem::path& source_path) {
  YIXIN_TRY(PackedFile packed, PackedFile::Open(path));
  YIXIN_TRY(MappedFile source, MappedFile::Open(source_path));
  const FileIdentity identity = source.identity();
  YIXIN_TRY(const auto section, packed.GetVerified(kSourceSection));
  YIXIN_TRY(auto known, ParseSource(section, std::move(source)));
  YIXIN_TRY(ModelWeights weights, ReadPackedModel(std::move(packed), identity, known.second));
  YIXIN_CHECK_OK(VerifyIfTouched(path, weights));
  return StoredModel{std::move(known.first), std::move(known.second), std::move(weights)};
}

std::string PackedIdentity(const PackedFile& packed) {
  const auto manifest = packed.Get(kManifestSection);
  if (!manifest) return "";
  return {reinterpret_cast<const char*>(manifest->data()), manifest->size()};
}

Status VerifyPackedModel(const std::filesystem::path& path) {
  YIXIN_TRY(const PackedFile packed, PackedFile::Open(path));
  return packed.VerifyAll();
}

}  // namespace yixin
