// A model as the rest of yixin sees it: typed metadata and named tensors over bytes that stay where
// they are (mapped or borrowed). The names of keys and tensors are GGUF's, whatever the source:
// gguf.h makes one of a GGUF file, hf_folder.h of a Hugging Face folder. Nothing here knows those
// formats but the little-endian coding of metadata values.
// Tested by: gguf_test.cc, safetensors_test.cc, hf_folder_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "formats/tensor_type.h"
#include "yixin/result.h"

namespace yixin {

struct TensorView {
  std::string_view name;
  std::string_view source_name;  // what the file calls it, where that is another name; for messages
  TensorType type = TensorType::kF32;
  std::vector<uint64_t> shape;  // row-major, outermost first: [rows, cols]; 1 to 4 sizes, none zero
  std::span<const std::byte> bytes;  // any alignment

  uint64_t cols() const { return shape.back(); }
  uint64_t rows() const;      // product of all sizes but the last
  uint64_t elements() const;  // fits: the reader has checked it against the file
  // The bytes of one row; a row is whole blocks. In: row < rows().
  std::span<const std::byte> Row(uint64_t row) const;
};

// The numbers are GGUF's.
enum class MetadataType : uint32_t {
  kUint8 = 0,
  kInt8 = 1,
  kUint16 = 2,
  kInt16 = 3,
  kUint32 = 4,
  kInt32 = 5,
  kFloat32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kUint64 = 10,
  kInt64 = 11,
  kFloat64 = 12,
};

// Bytes of one value of a scalar type; 0 for strings, arrays and numbers that are no type.
uint32_t MetadataTypeBytes(MetadataType type);
std::string_view MetadataTypeName(MetadataType type);

struct MetadataEntry {
  std::string_view key;
  MetadataType type = MetadataType::kUint8;
  MetadataType element_type = MetadataType::kUint8;  // of an array
  uint64_t count = 1;                                // elements of an array
  // A scalar: its bytes. A string: its text. An array: its elements one after the other, each
  // string as a uint64 length and the text. The reader has checked that they fit.
  std::span<const std::byte> value;
};

enum class ModelOrigin {
  kGguf,         // llama models have the rows of q and k permuted
  kHuggingFace,  // no rows are permuted
};

// What a reader hands over once everything in it is validated (unique names included).
struct ModelFileParts {
  std::vector<MappedFile> mappings;  // none when the bytes are borrowed
  std::list<std::string> texts;      // what views may point into beside the files
  uint64_t size = 0;                 // of all files
  FileIdentity identity;
  ModelOrigin origin = ModelOrigin::kGguf;
  std::filesystem::path folder;  // of a Hugging Face model that lies on the disk; else empty
  std::vector<MetadataEntry> metadata;
  std::vector<TensorView> tensors;
};

// Owns: the mappings, or nothing when it was made from memory; then that memory must outlive it.
// Views that it returns live as long as it (moving it keeps them). Immutable. Threads: any.
class ModelFile {
 public:
  explicit ModelFile(ModelFileParts parts);
  ModelFile(ModelFile&&) noexcept = default;
  ModelFile& operator=(ModelFile&&) noexcept = default;

  const TensorView* FindTensor(std::string_view name) const;  // nullptr: there is none
  // As FindTensor. Errors: kInvalidFile.
  Result<const TensorView*> GetTensor(std::string_view name) const;
  std::span<const TensorView> tensors() const { return parts_.tensors; }  // in the file's order

  // Metadata. Errors: kInvalidFile where the key is missing or has another type; the message names
  // the key, its type and what was expected. Integers of any width are one kind if the value fits.
  Result<uint64_t> GetUint(std::string_view key) const;
  Result<double> GetFloat(std::string_view key) const;  // finite
  Result<bool> GetBool(std::string_view key) const;
  Result<std::string_view> GetString(std::string_view key) const;  // may hold any bytes
  // Cost: one pass over the array (a vocabulary of 150,000: about a millisecond).
  Result<std::vector<std::string_view>> GetStringArray(std::string_view key) const;
  Result<std::vector<int32_t>> GetIntArray(std::string_view key) const;
  Result<std::vector<float>> GetFloatArray(std::string_view key) const;

  // The same where a missing key means `fallback`; a wrong type is still an error.
  Result<uint64_t> GetUintOr(std::string_view key, uint64_t fallback) const;
  Result<double> GetFloatOr(std::string_view key, double fallback) const;
  Result<bool> GetBoolOr(std::string_view key, bool fallback) const;
  Result<std::string_view> GetStringOr(std::string_view key, std::string_view fallback) const;

  bool HasKey(std::string_view key) const { return FindEntry(key) != nullptr; }
  std::span<const MetadataEntry> metadata() const { return parts_.metadata; }

  // Gives the tensor's pages back to the page cache after one use; they stay readable.
  void ReleaseTensor(const TensorView& tensor) const;
  void ReleaseAll() const;  // the same for all pages, those of the metadata too
  // A copy of bytes of a tensor, which leaves their pages out of this process's memory.
  std::vector<std::byte> ReadBytes(std::span<const std::byte> bytes) const;

  // Where the tensor's bytes begin in the one file that this is; nothing where there are several,
  // or none.
  std::optional<uint64_t> OffsetInFile(const TensorView& tensor) const;

  uint64_t file_size() const { return parts_.size; }  // of all files
  // As it was when the file was opened, of all files of a folder; of no file (inode 0) when it was
  // made from memory.
  const FileIdentity& identity() const { return parts_.identity; }
  ModelOrigin origin() const { return parts_.origin; }
  // Of a Hugging Face model that lies on the disk; else empty.
  const std::filesystem::path& folder() const { return parts_.folder; }

  // What this was made of, to be made into another view.
  ModelFileParts TakeParts() && { return std::move(parts_); }

 private:
  const MetadataEntry* FindEntry(std::string_view key) const;
  Result<const MetadataEntry*> GetEntry(std::string_view key, std::string_view expected) const;
  Result<const MetadataEntry*> GetArray(std::string_view key, std::string_view expected) const;

  ModelFileParts parts_;
  std::vector<uint32_t> metadata_by_key_;  // indices, sorted by key
  std::vector<uint32_t> tensors_by_name_;
};

}  // namespace yixin
