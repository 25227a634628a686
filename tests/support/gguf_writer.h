// Writes GGUF files for tests, sound ones and broken ones: every field of the file can be set to
// something else than the truth. Shares no code with the reader that it tests.
// Tested by: src/formats/gguf_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace yixin {

// GGUF's number of a value type, for the types that tests write.
enum GgufValueId : uint32_t {
  kGgufUint8 = 0,
  kGgufInt8 = 1,
  kGgufUint16 = 2,
  kGgufInt16 = 3,
  kGgufUint32 = 4,
  kGgufInt32 = 5,
  kGgufFloat32 = 6,
  kGgufBool = 7,
  kGgufString = 8,
  kGgufArray = 9,
  kGgufUint64 = 10,
  kGgufInt64 = 11,
  kGgufFloat64 = 12,
};

// And of a tensor type.
enum GgufTensorId : uint32_t { kGgufF32 = 0, kGgufF16 = 1, kGgufQ8_0 = 8 };

struct GgufTensorRecord {
  std::string name;
  std::vector<uint64_t> dimensions;  // as the file has them: innermost first
  uint32_t type_id = kGgufF32;
  std::vector<std::byte> data;
  std::optional<uint64_t> offset;           // empty: where Finish puts the data
  std::optional<uint32_t> dimension_count;  // empty: dimensions.size()
};

class GgufWriter {
 public:
  // What the header says; empty: the truth.
  std::string magic = "GGUF";
  uint32_t version = 3;
  std::optional<uint64_t> tensor_count;
  std::optional<uint64_t> key_count;
  // Where tensors are put. The file says so only if the key general.alignment is written too.
  uint32_t alignment = 32;

  void WriteKey(std::string_view key, uint32_t value) { WriteScalar(key, kGgufUint32, value); }
  void WriteKey(std::string_view key, float value) { WriteScalar(key, kGgufFloat32, value); }
  void WriteKey(std::string_view key, bool value) { WriteScalar(key, kGgufBool, value); }
  void WriteKey(std::string_view key, std::string_view value);
  void WriteKey(std::string_view key, const char* value) { WriteKey(key, std::string_view(value)); }
  void WriteKey(std::string_view key, const std::vector<std::string>& values);
  void WriteKey(std::string_view key, const std::vector<int32_t>& values) {
    WriteArray(key, kGgufInt32, values);
  }
  void WriteKey(std::string_view key, const std::vector<float>& values) {
    WriteArray(key, kGgufFloat32, values);
  }
  // Any type id with any bytes behind it.
  void WriteRawKey(std::string_view key, uint32_t type_id, std::span<const std::byte> value);
  template <typename T>
  void WriteScalar(std::string_view key, uint32_t type_id, T value) {
    static_assert(std::is_arithmetic_v<T>);
    WriteRawKey(key, type_id, std::as_bytes(std::span(&value, 1)));
  }
  template <typename T>
  void WriteArray(std::string_view key, uint32_t element_type_id, const std::vector<T>& values) {
    WriteRawArray(key, element_type_id, values.size(), std::as_bytes(std::span(values)));
  }
  void WriteRawArray(std::string_view key, uint32_t element_type_id, uint64_t count,
                     std::span<const std::byte> elements);

  // In: shape row-major, outermost first; data of the size that shape and type need.
  void AddTensor(std::string_view name, const std::vector<uint64_t>& shape, uint32_t type_id,
                 std::span<const std::byte> data);
  void AddTensor(GgufTensorRecord record) { tensors_.push_back(std::move(record)); }

  std::vector<std::byte> Finish() const;

 private:
  std::vector<std::byte> keys_;
  uint64_t written_keys_ = 0;
  std::vector<GgufTensorRecord> tensors_;
};

}  // namespace yixin
