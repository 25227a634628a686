// A model's packed weights as a file that is mapped at every start: one section a matrix, one for
// all the vectors, a manifest that says what they were packed from and how, the model's sizes, and
// what other rooms keep there. The embedding is not in it; that stays in the source, which is
// mapped too, but not parsed. Tested by: packed_model_test.cc; fuzzed by tests/fuzz/packed_fuzz.cc
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/mapped_file.h"
#include "base/thread_pool.h"
#include "formats/model_file.h"
#include "formats/packed_file.h"
#include "kernels/kernel_table.h"
#include "model/config.h"
#include "model/weights.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

// Raised whenever the sections' contents change for the same source: the rotation, the rounding,
// the order of values (kernels/pack.h, weights.cc), the list of sections. A test knows the checksum
// of a small model's.
inline constexpr uint32_t kPackedLayoutVersion = 3;

// What a packed file says about itself.
struct PackedManifest {
  uint32_t layout_version = 0;
  uint32_t numeric_form = 0;  // a NumericForm
  uint32_t numerics_version = 0;
  uint32_t panel_rows = 0;
  uint32_t column_padding = 0;
  std::string yixin_version;
  FileIdentity source;
  std::string source_path;  // for people; a file that was moved is the same file

  bool operator==(const PackedManifest&) const = default;
};

// The manifest that this program writes for a source.
PackedManifest MakeManifest(const FileIdentity& source, const std::string& source_path);
std::vector<std::byte> SerialiseManifest(const PackedManifest& manifest);
// Errors: kInvalidFile. `bytes` may be any.
Result<PackedManifest> ParseManifest(std::span<const std::byte> bytes);

// Errors: kInvalidFile where there is none, or a damaged one.
Result<PackedManifest> ReadManifest(const PackedFile& packed);
// Errors: kUnsupported, with the reason why weights of this manifest are not those that this
// program would pack from the source.
Status CheckManifest(const PackedManifest& manifest, const FileIdentity& source);

// A section that another room keeps beside the weights: the tokenizer, say.
struct PackedExtra {
  std::string name;
  std::vector<std::byte> bytes;
};

struct PackedModelTarget {
  std::filesystem::path path;
  std::string source_path;
  std::vector<PackedExtra> extras;
  std::function<void(double)> progress;  // as PackOptions::progress
  const StopFlag* stop = nullptr;
};

// Packs the weights of `source` into a file, a layer at a time.
// In: kernels of the form kRotatedInt8. Errors: those of PackWeights and of PackedFileWriter; kIo
// when the source changed meanwhile; kCancelled. Nothing is left behind on an error. Cost: that of
// PackWeights, and until the disk has the file.
Status WritePackedModel(const ModelFile& source, const ModelConfig& config,
                        const KernelTable& kernels, ThreadPool& pool,
                        const PackedModelTarget& target);

// The weights that were packed from this very source, mapped. Checks manifest, sizes and the
// checksum of everything but the matrices; of those too when somebody has touched the file since.
// Errors: kNotFound when there is no such file; else the message says in a line why the file is not
// used: it is of another source, version or form (kUnsupported), or damaged (kInvalidFile).
Result<ModelWeights> OpenPackedModel(const std::filesystem::path& path, const ModelFile& source,
                                     const ModelConfig& config);
// What a packed file knows of its source, so that nothing in there is parsed again.
struct StoredModel {
  ModelFile source;  // mapped, of one tensor: the embedding
  ModelConfig config;
  ModelWeights weights;
};

// As OpenPackedModel, of the file at source_path now: it is opened and not read.
// Errors: as MappedFile::Open and OpenPackedModel have them; kUnsupported where the embedding does
// not lie in that one file. Cost: under a millisecond.
Result<StoredModel> OpenStoredModel(const std::filesystem::path& path,
                                    const std::filesystem::path& source_path);

// The section that OpenStoredModel reads: sizes, and where the embedding lies.
std::vector<std::byte> SerialiseSource(const ModelFile& source, const ModelConfig& config);
// `bytes` may be any. Out: of `mapping`. Errors: kInvalidFile, kUnsupported as OpenStoredModel.
Result<std::pair<ModelFile, ModelConfig>> ParseSource(std::span<const std::byte> bytes,
                                                      MappedFile mapping);

// The same as OpenPackedModel on a packed file that is open, but for the sizes in it.
Result<ModelWeights> ReadPackedModel(PackedFile packed, const FileIdentity& source,
                                     const ModelConfig& config);
// The same without a look at the manifest: sizes and the vectors' checksum alone.
Result<ModelWeights> MapPackedWeights(PackedFile packed, const ModelConfig& config);

// Bytes that tell packed weights from all others: of which source, in which form and version.
// Empty for a file without a manifest.
std::string PackedIdentity(const PackedFile& packed);

// All checksums of a packed file. Cost: reads all of it. Errors: as PackedFile::Open, and
// kInvalidFile for a section that is damaged.
Status VerifyPackedModel(const std::filesystem::path& path);

}  // namespace yixin
