// Tested by: gguf_test.cc, safetensors_test.cc, hf_folder_test.cc
#include "formats/model_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/byte_reader.h"
#include "formats/hf_names.h"

namespace yixin {
namespace {

struct MetadataTypeInfo {
  MetadataType type;
  std::string_view name;
  uint32_t bytes;
};

constexpr MetadataTypeInfo kMetadataTypes[] = {
    {MetadataType::kUint8, "uint8", 1},     {MetadataType::kInt8, "int8", 1},
    {MetadataType::kUint16, "uint16", 2},   {MetadataType::kInt16, "int16", 2},
    {MetadataType::kUint32, "uint32", 4},   {MetadataType::kInt32, "int32", 4},
    {MetadataType::kFloat32, "float32", 4}, {MetadataType::kBool, "bool", 1},
    {MetadataType::kString, "string", 0},   {MetadataType::kArray, "array", 0},
    {MetadataType::kUint64, "uint64", 8},   {MetadataType::kInt64, "int64", 8},
    {MetadataType::kFloat64, "float64", 8},
};

constexpr bool TableIsIndexedByType() {
  for (size_t i = 0; i < std::size(kMetadataTypes); ++i) {
    if (static_cast<size_t>(kMetadataTypes[i].type) != i) return false;
  }
  return true;
}
static_assert(TableIsIndexedByType());

const MetadataTypeInfo* FindType(MetadataType type) {
  const auto index = static_cast<size_t>(type);
  return index < std::size(kMetadataTypes) ? &kMetadataTypes[index] : nullptr;
}

std::string DescribeType(const MetadataEntry& entry) {
  std::string text(MetadataTypeName(entry.type));
  if (entry.type == MetadataType::kArray) {
    text += " of " + std::to_string(entry.count) + " ";
    text += MetadataTypeName(entry.element_type);
  }
  return text;
}

Error WrongType(const MetadataEntry& entry, std::string_view expected, const std::string& got) {
  const std::string key(entry.key);
  return {ErrorCode::kInvalidFile,
          "metadata key " + key + ": expected " + std::string(expected) + ", got " + got, key};
}

struct Integer {
  bool negative = false;
  uint64_t magnitude = 0;
};

template <typename T>
std::optional<Integer> ReadAs(ByteReader& reader) {
  const auto value = reader.Read<T>();
  if (!value) return std::nullopt;
  using Wide = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
  const Wide wide{*value};
  const auto bits = static_cast<uint64_t>(wide);
  const bool negative = std::is_signed_v<T> && wide < Wide{0};
  return Integer{negative, negative ? uint64_t{0} - bits : bits};
}

// Nothing when the type is no integer.
std::optional<Integer> ReadInteger(MetadataType type, ByteReader& reader) {
  switch (type) {
    case MetadataType::kUint8:
      return ReadAs<uint8_t>(reader);
    case MetadataType::kInt8:
      return ReadAs<int8_t>(reader);
    case MetadataType::kUint16:
      return ReadAs<uint16_t>(reader);
    case MetadataType::kInt16:
      return ReadAs<int16_t>(reader);
    case MetadataType::kUint32:
      return ReadAs<uint32_t>(reader);
    case MetadataType::kInt32:
      return ReadAs<int32_t>(reader);
    case MetadataType::kUint64:
      return ReadAs<uint64_t>(reader);
    case MetadataType::kInt64:
      return ReadAs<int64_t>(reader);
    default:
      return std::nullopt;
  }
}

std::optional<double> ReadFloat(MetadataType type, ByteReader& reader) {
  if (type == MetadataType::kFloat32) return reader.Read<float>();
  if (type == MetadataType::kFloat64) return reader.Read<double>();
  return std::nullopt;
}

std::string Spell(const Integer& value) {
  std::string text(value.negative ? "-" : "");
  return text += std::to_string(value.magnitude);
}

template <typename Items, typename Name>
std::vector<uint32_t> SortedIndices(const Items& items, Name name) {
  std::vector<uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return name(items[a]) < name(items[b]); });
  return order;
}

template <typename Items, typename Name>
const typename Items::value_type* FindSorted(const Items& items, const std::vector<uint32_t>& order,
                                             Name name, std::string_view wanted) {
  const auto found =
      std::lower_bound(order.begin(), order.end(), wanted,
                       [&](uint32_t i, std::string_view text) { return name(items[i]) < text; });
  if (found == order.end() || name(items[*found]) != wanted) return nullptr;
  return &items[*found];
}

constexpr auto kKeyOf = [](const MetadataEntry& entry) { return entry.key; };
constexpr auto kNameOf = [](const TensorView& tensor) { return tensor.name; };

}  // namespace

uint32_t MetadataTypeBytes(MetadataType type) {
  const MetadataTypeInfo* info = FindType(type);
  return info == nullptr ? 0 : info->bytes;
}

std::string_view MetadataTypeName(MetadataType type) {
  const MetadataTypeInfo* info = FindType(type);
  return info == nullptr ? "unknown" : info->name;
}

uint64_t TensorView::elements() const {
  return std::accumulate(shape.begin(), shape.end(), uint64_t{1}, std::multiplies<>());
}

uint64_t TensorView::rows() const { return elements() / cols(); }

std::span<const std::byte> TensorView::Row(uint64_t row) const {
  const TensorTypeInfo& info = GetTensorTypeInfo(type);
  const uint64_t row_bytes = cols() / info.block_elements * info.block_bytes;
  return bytes.subspan(row * row_bytes, row_bytes);
}

ModelFile::ModelFile(ModelFileParts parts)
    : parts_(std::move(parts)),
      metadata_by_key_(SortedIndices(parts_.metadata, kKeyOf)),
      tensors_by_name_(SortedIndices(parts_.tensors, kNameOf)) {}

const TensorView* ModelFile::FindTensor(std::string_view name) const {
  return FindSorted(parts_.tensors, tensors_by_name_, kNameOf, name);
}

Result<const TensorView*> ModelFile::GetTensor(std::string_view name) const {
  if (const TensorView* tensor = FindTensor(name)) return tensor;
  // By the name that the files would have.
  const std::string shown =
      parts_.origin == ModelOrigin::kHuggingFace ? HuggingFaceName(name) : std::string(name);
  return Error{ErrorCode::kInvalidFile,
               "tensor " + shown + " is missing: the model has " +
                   std::to_string(parts_.tensors.size()) + " others",
               shown};
}

void ModelFile::ReleaseTensor(const TensorView& tensor) const {
  for (const MappedFile& mapping : parts_.mappings) mapping.Release(tensor.bytes);
}

void ModelFile::ReleaseAll() const {
  for (const MappedFile& mapping : parts_.mappings) mapping.Release(mapping.bytes());
}

std::vector<std::byte> ModelFile::ReadBytes(std::span<const std::byte> bytes) const {
  std::vector<std::byte> copy(bytes.size());
  const auto reads = [&](const MappedFile& mapping) { return mapping.Read(bytes, copy.data()); };
  if (!std::ranges::any_of(parts_.mappings, reads)) std::ranges::copy(bytes, copy.begin());
  return copy;
}

const MetadataEntry* ModelFile::FindEntry(std::string_view key) const {
  return FindSorted(parts_.metadata, metadata_by_key_, kKeyOf, key);
}

Result<const MetadataEntry*> ModelFile::GetEntry(std::string_view key,
                                                 std::string_view expected) const {
  if (const MetadataEntry* entry = FindEntry(key)) return entry;
  return Error{
      ErrorCode::kInvalidFile,
      "metadata key " + std::string(key) + " is missing: expected " + std::string(expected),
      std::string(key)};
}

Result<const MetadataEntry*> ModelFile::GetArray(std::string_view key,
                                                 std::string_view expected) const {
  YIXIN_TRY(const MetadataEntry* entry, GetEntry(key, expected));
  if (entry->type != MetadataType::kArray) return WrongType(*entry, expected, DescribeType(*entry));
  return entry;
}

Result<uint64_t> ModelFile::GetUint(std::string_view key) const {
  constexpr std::string_view kExpected = "an integer that is not negative";
  YIXIN_TRY(const MetadataEntry* entry, GetEntry(key, kExpected));
  ByteReader reader(entry->value);
  const auto value = ReadInteger(entry->type, reader);
  if (!value) return WrongType(*entry, kExpected, DescribeType(*entry));
  if (value->negative) {
    return WrongType(*entry, kExpected, DescribeType(*entry) + " " + Spell(*value));
  }
  return value->magnitude;
}

Result<double> ModelFile::GetFloat(std::string_view key) const {
  constexpr std::string_view kExpected = "a finite floating-point number";
  YIXIN_TRY(const MetadataEntry* entry, GetEntry(key, kExpected));
  ByteReader reader(entry->value);
  const auto value = ReadFloat(entry->type, reader);
  if (!value) return WrongType(*entry, kExpected, DescribeType(*entry));
  if (!std::isfinite(*value)) {
    return WrongType(*entry, kExpected, DescribeType(*entry) + " " + std::to_string(*value));
  }
  return *value;
}

Result<bool> ModelFile::GetBool(std::string_view key) const {
  YIXIN_TRY(const MetadataEntry* entry, GetEntry(key, "a bool"));
  if (entry->type != MetadataType::kBool) return WrongType(*entry, "a bool", DescribeType(*entry));
  return entry->value.front() != std::byte{0};
}

Result<std::string_view> ModelFile::GetString(std::string_view key) const {
  YIXIN_TRY(const MetadataEntry* entry, GetEntry(key, "a string"));
  if (entry->type != MetadataType::kString) {
    return WrongType(*entry, "a string", DescribeType(*entry));
  }
  return std::string_view(reinterpret_cast<const char*>(entry->value.data()), entry->value.size());
}

Result<std::vector<std::string_view>> ModelFile::GetStringArray(std::string_view key) const {
  constexpr std::string_view kExpected = "an array of strings";
  YIXIN_TRY(const MetadataEntry* entry, GetArray(key, kExpected));
  if (entry->element_type != MetadataType::kString) {
    return WrongType(*entry, kExpected, DescribeType(*entry));
  }
  std::vector<std::string_view> texts;
  texts.reserve(entry->count);
  ByteReader reader(entry->value);
  for (uint64_t i = 0; i < entry->count; ++i) {
    const auto length = reader.Read<uint64_t>();
    const auto text = length ? reader.ReadText(*length) : std::nullopt;
    if (!text) return WrongType(*entry, kExpected, "fewer bytes than its strings need");
    texts.push_back(*text);
  }
  return texts;
}

Result<std::vector<int32_t>> ModelFile::GetIntArray(std::string_view key) const {
  constexpr std::string_view kExpected = "an array of integers of 32 bits";
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int32_t>::max());
  YIXIN_TRY(const MetadataEntry* entry, GetArray(key, kExpected));
  std::vector<int32_t> values;
  values.reserve(entry->count);
  ByteReader reader(entry->value);
  for (uint64_t i = 0; i < entry->count; ++i) {
    const auto value = ReadInteger(entry->element_type, reader);
    if (!value) return WrongType(*entry, kExpected, DescribeType(*entry));
    if (value->magnitude > kMax + (value->negative ? 1 : 0)) {
      return WrongType(*entry, kExpected, Spell(*value) + " at index " + std::to_string(i));
    }
    const auto magnitude = static_cast<int64_t>(value->magnitude);
    values.push_back(static_cast<int32_t>(value->negative ? -magnitude : magnitude));
  }
  return values;
}

Result<std::vector<float>> ModelFile::GetFloatArray(std::string_view key) const {
  constexpr std::string_view kExpected = "an array of floating-point numbers";
  YIXIN_TRY(const MetadataEntry* entry, GetArray(key, kExpected));
  std::vector<float> values;
  values.reserve(entry->count);
  ByteReader reader(entry->value);
  for (uint64_t i = 0; i < entry->count; ++i) {
    const auto value = ReadFloat(entry->element_type, reader);
    if (!value) return WrongType(*entry, kExpected, DescribeType(*entry));
    values.push_back(static_cast<float>(*value));
  }
  return values;
}

Result<uint64_t> ModelFile::GetUintOr(std::string_view key, uint64_t fallback) const {
  if (!HasKey(key)) return fallback;
  return GetUint(key);
}

Result<double> ModelFile::GetFloatOr(std::string_view key, double fallback) const {
  if (!HasKey(key)) return fallback;
  return GetFloat(key);
}

Result<bool> ModelFile::GetBoolOr(std::string_view key, bool fallback) const {
  if (!HasKey(key)) return fallback;
  return GetBool(key);
}

Result<std::string_view> ModelFile::GetStringOr(std::string_view key,
                                                std::string_view fallback) const {
  if (!HasKey(key)) return fallback;
  return GetString(key);
}

std::optional<uint64_t> ModelFile::OffsetInFile(const TensorView& tensor) const {
  if (parts_.origin != ModelOrigin::kGguf || parts_.mappings.size() != 1) return std::nullopt;
  const std::span<const std::byte> file = parts_.mappings.front().bytes();
  const auto begin = reinterpret_cast<uintptr_t>(file.data());
  const auto at = reinterpret_cast<uintptr_t>(tensor.bytes.data());
  if (at < begin || at - begin > file.size() || tensor.bytes.size() > file.size() - (at - begin)) {
    return std::nullopt;
  }
  return at - begin;
}

}  // namespace yixin
