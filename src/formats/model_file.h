// A model file as the rest of yixin sees it: typed metadata and named tensors over bytes that stay
// where they are (mapped or borrowed). gguf.h makes one; nothing here knows that format but the
// little-endian coding of metadata values.
// Tested by: model_file_test.cc, gguf_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
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

// What a reader hands over once everything in it is validated (unique names included).
struct ModelFileParts {
  MappedFile mapping;                // empty when the bytes are borrowed
  std::span<const std::byte> bytes;  // the whole file
  std::vector<MetadataEntry> metadata;
  std::vector<TensorView> tensors;
};

// Owns: the mapping, or nothing when it was made from memory; then that memory must outlive it.
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
  void ReleaseTensor(const TensorView& tensor) const { parts_.mapping.Release(tensor.bytes); }

  uint64_t file_size() const { return parts_.bytes.size(); }
  // As it was when the file was opened; of no file (inode 0) when it was made from memory.
  const FileIdentity& identity() const { return parts_.mapping.identity(); }

 private:
  const MetadataEntry* FindEntry(std::string_view key) const;
  Result<const MetadataEntry*> GetEntry(std::string_view key, std::string_view expected) const;
  Result<const MetadataEntry*> GetArray(std::string_view key, std::string_view expected) const;

  ModelFileParts parts_;
  std::vector<uint32_t> metadata_by_key_;  // indices, sorted by key
  std::vector<uint32_t> tensors_by_name_;
};

}  // namespace yixin
