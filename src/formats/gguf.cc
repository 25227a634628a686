// One pass over the header with a reader that knows what is left. Nothing is allocated by a count
// before the count is compared with the bytes that could hold it, and with a fixed limit.
// Tested by: gguf_test.cc, gguf_hostile_test.cc; fuzzed by tests/fuzz/gguf_fuzz.cc
#include "formats/gguf.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_reader.h"
#include "base/checked.h"
#include "base/utf8.h"
#include "formats/gguf_messages.h"
#include "formats/map_model.h"

namespace yixin {
namespace {

// Limits that no real file comes near; they bound the memory that a hostile header can ask for. The
// largest models have some thousand tensors and keys, vocabularies of 300,000 and as many merges.
constexpr uint64_t kMaxKeys = 65536;
constexpr uint64_t kMaxTensors = 65536;
constexpr uint64_t kMaxArrayElements = uint64_t{1} << 22;
constexpr uint64_t kMaxKeyBytes = 65535;       // the specification's
constexpr uint64_t kMaxTensorNameBytes = 256;  // the specification says 64; some tools write more
constexpr uint64_t kMaxAlignment = uint64_t{1} << 20;
constexpr uint64_t kDefaultAlignment = 32;  // the specification's
constexpr uint32_t kMaxDimensions = 4;      // the specification's

// The least a key (length, one character, type, one byte of value) and a tensor (length, one
// character, dimension count, one dimension, type, offset) can take.
constexpr uint64_t kLeastKeyBytes = 8 + 1 + 4 + 1;
constexpr uint64_t kLeastTensorBytes = 8 + 1 + 4 + 8 + 4 + 8;

class Parser {
 public:
  explicit Parser(std::span<const std::byte> bytes) : bytes_(bytes), reader_(bytes) {}

  Result<ModelFileParts> Parse() {
    YIXIN_CHECK_OK(ReadHeader());
    YIXIN_CHECK_OK(ReadKeys());
    YIXIN_TRY(const uint64_t alignment, FindAlignment());
    YIXIN_CHECK_OK(ReadTensors());
    YIXIN_CHECK_OK(PlaceTensors(alignment));
    ModelFileParts parts;
    parts.size = bytes_.size();
    parts.metadata = std::move(entries_);
    parts.tensors = std::move(tensors_);
    return parts;
  }

 private:
  struct Placement {
    uint64_t offset = 0;  // from the start of the tensor data
    uint64_t bytes = 0;
    size_t field_offset = 0;  // where the file says it
  };

  Error Fail(ErrorCode code, std::string_view field, size_t offset,
             std::string_view problem) const {
    std::string subject = context_;
    if (!field.empty()) subject += ", " + std::string(field);
    return {code, subject + " at byte " + std::to_string(offset) + ": " + std::string(problem),
            subject};
  }
  Error Invalid(std::string_view field, size_t offset, std::string_view problem) const {
    return Fail(ErrorCode::kInvalidFile, field, offset, problem);
  }
  Error CutShort(std::string_view field, uint64_t needed) const {
    return Invalid(field, reader_.offset(),
                   "needs " + std::to_string(needed) + " bytes, but only " +
                       std::to_string(reader_.remaining()) +
                       " are left; the file is cut short or " + "damaged, download it again");
  }

  template <typename T>
  Result<T> Read(std::string_view field) {
    if (const auto value = reader_.Read<T>()) return *value;
    return CutShort(field, sizeof(T));
  }

  Result<std::string_view> ReadName(std::string_view field, uint64_t longest) {
    const size_t offset = reader_.offset();
    YIXIN_TRY(const auto length, Read<uint64_t>(field));
    if (length == 0 || length > longest) {
      return Invalid(field, offset,
                     "its length is " + std::to_string(length) + ", expected 1 to " +
                         std::to_string(longest) + " bytes");
    }
    const auto text = reader_.ReadText(length);
    if (!text) return CutShort(field, length);
    if (const auto bad = FindInvalidUtf8(*text)) {
      return Invalid(field, reader_.offset() - text->size() + *bad, "is not UTF-8");
    }
    return *text;
  }

  Status ReadHeader() {
    context_ = "GGUF header";
    if (bytes_.empty()) return Invalid("magic", 0, "the file is empty");
    const auto magic = reader_.ReadText(4);
    if (!magic || *magic != "GGUF") return Invalid("magic", 0, DescribeForeignFile(bytes_));
    YIXIN_TRY(const auto version, Read<uint32_t>("version"));
    if (version != 2 && version != 3) {
      const bool swapped = version != 0 && (version & 0xffff) == 0;
      return Fail(ErrorCode::kUnsupported, "version", 4,
                  swapped
                      ? "the file is big-endian; yixin reads little-endian GGUF only"
                      : "GGUF version " + std::to_string(version) +
                            " is not supported; yixin reads versions 2 and 3" +
                            (version == 1 ? " (convert the model again with newer tools)" : ""));
    }
    YIXIN_TRY(tensor_count_, ReadCount("tensor count", kMaxTensors, kLeastTensorBytes));
    YIXIN_TRY(key_count_, ReadCount("key count", kMaxKeys, kLeastKeyBytes));
    return {};
  }

  // `least_bytes`: what each counted thing takes at least.
  Result<uint64_t> ReadCount(std::string_view field, uint64_t limit, uint64_t least_bytes) {
    const size_t offset = reader_.offset();
    YIXIN_TRY(const auto count, Read<uint64_t>(field));
    if (count > reader_.remaining() / least_bytes) {
      return Invalid(field, offset,
                     std::to_string(count) + " cannot fit into the " +
                         std::to_string(reader_.remaining()) + " bytes that are left");
    }
    if (count > limit) {
      return Invalid(field, offset,
                     std::to_string(count) + " is above the limit of " + std::to_string(limit));
    }
    return count;
  }

  Status ReadKeys() {
    entries_.reserve(key_count_);
    for (uint64_t i = 0; i < key_count_; ++i) {
      context_ = "metadata key " + std::to_string(i);
      MetadataEntry entry;
      YIXIN_TRY(entry.key, ReadName("name", kMaxKeyBytes));
      context_ = "metadata key " + QuoteName(entry.key);
      YIXIN_TRY(entry.type, ReadType("type"));
      if (entry.type == MetadataType::kArray) {
        YIXIN_CHECK_OK(ReadArray(entry));
      } else {
        YIXIN_TRY(entry.value, ReadScalar(entry.type));
      }
      entries_.push_back(entry);
    }
    return CheckUnique(
        entries_, [](const MetadataEntry& entry) { return entry.key; }, "metadata key");
  }

  Result<MetadataType> ReadType(std::string_view field) {
    const size_t offset = reader_.offset();
    YIXIN_TRY(const auto id, Read<uint32_t>(field));
    if (id > static_cast<uint32_t>(MetadataType::kFloat64)) {
      return Invalid(field, offset, std::to_string(id) + " is not a GGUF value type (0 to 12)");
    }
    return static_cast<MetadataType>(id);
  }

  Result<std::span<const std::byte>> ReadScalar(MetadataType type) {
    uint64_t size = MetadataTypeBytes(type);
    if (type == MetadataType::kString) {
      YIXIN_TRY(size, Read<uint64_t>("string length"));
    }
    const size_t offset = reader_.offset();
    const auto value = reader_.ReadBytes(size);
    if (!value) return CutShort("value", size);
    if (type == MetadataType::kBool && std::to_integer<int>(value->front()) > 1) {
      return Invalid("value", offset, "a bool is 0 or 1, got " + SpellBytes(*value));
    }
    return *value;
  }

  Status ReadArray(MetadataEntry& entry) {
    const size_t type_offset = reader_.offset();
    YIXIN_TRY(entry.element_type, ReadType("element type"));
    if (entry.element_type == MetadataType::kArray) {
      return Fail(ErrorCode::kUnsupported, "element type", type_offset,
                  "an array of arrays; yixin reads flat arrays only");
    }
    const bool strings = entry.element_type == MetadataType::kString;
    const uint64_t least_bytes = strings ? 8 : MetadataTypeBytes(entry.element_type);
    YIXIN_TRY(entry.count, ReadCount("element count", kMaxArrayElements, least_bytes));
    const size_t begin = reader_.offset();
    if (!strings) {
      entry.value = *reader_.ReadBytes(entry.count * least_bytes);
      return {};
    }
    for (uint64_t i = 0; i < entry.count; ++i) {
      const auto length = reader_.Read<uint64_t>();
      if (!length || !reader_.ReadBytes(*length)) {
        return CutShort("string " + std::to_string(i), length.value_or(8));
      }
    }
    entry.value = bytes_.subspan(begin, reader_.offset() - begin);
    return {};
  }

  // Names are views into the file, so a name knows its own offset.
  template <typename Items, typename Name>
  Status CheckUnique(const Items& items, Name name, std::string_view what) {
    std::vector<std::string_view> names;
    names.reserve(items.size());
    for (const auto& item : items) names.push_back(name(item));
    std::sort(names.begin(), names.end(), [](std::string_view a, std::string_view b) {
      return a != b ? a < b : a.data() < b.data();
    });
    const auto twin = std::adjacent_find(names.begin(), names.end());
    if (twin == names.end()) return {};
    context_ = std::string(what) + " " + QuoteName(*twin);
    return Invalid("name", OffsetOf(twin[1]),
                   "the same name is already at byte " + std::to_string(OffsetOf(twin[0])));
  }

  size_t OffsetOf(std::string_view text) const {
    return static_cast<size_t>(reinterpret_cast<const std::byte*>(text.data()) - bytes_.data());
  }

  Result<uint64_t> FindAlignment() {
    const auto entry = std::find_if(entries_.begin(), entries_.end(), [](const MetadataEntry& e) {
      return e.key == "general.alignment";
    });
    if (entry == entries_.end()) return kDefaultAlignment;
    context_ = "metadata key 'general.alignment'";
    const auto offset = static_cast<size_t>(entry->value.data() - bytes_.data());
    if (entry->type != MetadataType::kUint32) {
      return Invalid("type", offset,
                     "expected uint32, got " + std::string(MetadataTypeName(entry->type)));
    }
    const uint32_t alignment = *ByteReader(entry->value).Read<uint32_t>();
    if (!std::has_single_bit(alignment) || alignment > kMaxAlignment) {
      return Invalid("value", offset,
                     "expected a power of two from 1 to " + std::to_string(kMaxAlignment) +
                         ", got " + std::to_string(alignment));
    }
    return uint64_t{alignment};
  }

  Status ReadTensors() {
    tensors_.reserve(tensor_count_);
    placements_.reserve(tensor_count_);
    for (uint64_t i = 0; i < tensor_count_; ++i) {
      context_ = "tensor " + std::to_string(i);
      TensorView tensor;
      YIXIN_TRY(tensor.name, ReadName("name", kMaxTensorNameBytes));
      context_ = "tensor " + QuoteName(tensor.name);
      YIXIN_CHECK_OK(ReadShape(tensor));
      const size_t type_offset = reader_.offset();
      YIXIN_TRY(const auto type_id, Read<uint32_t>("type"));
      const auto type = TensorTypeFromGgufId(type_id);
      if (!type) {
        return Fail(ErrorCode::kUnsupported, "type", type_offset,
                    DescribeUnsupportedTensorType(type_id));
      }
      tensor.type = *type;
      YIXIN_TRY(const uint64_t size, TensorBytes(tensor, type_offset));
      const size_t field_offset = reader_.offset();
      YIXIN_TRY(const auto offset, Read<uint64_t>("offset"));
      placements_.push_back({offset, size, field_offset});
      tensors_.push_back(std::move(tensor));
    }
    return CheckUnique(
        tensors_, [](const TensorView& tensor) { return tensor.name; }, "tensor");
  }

  Status ReadShape(TensorView& tensor) {
    const size_t offset = reader_.offset();
    YIXIN_TRY(const auto dimensions, Read<uint32_t>("dimension count"));
    if (dimensions == 0 || dimensions > kMaxDimensions) {
      return Invalid("dimension count", offset,
                     "expected 1 to " + std::to_string(kMaxDimensions) + ", got " +
                         std::to_string(dimensions));
    }
    tensor.shape.resize(dimensions);
    for (uint32_t i = 0; i < dimensions; ++i) {
      const size_t size_offset = reader_.offset();
      // GGUF has the innermost size first.
      YIXIN_TRY(tensor.shape[dimensions - 1 - i], Read<uint64_t>("dimension"));
      if (tensor.shape[dimensions - 1 - i] == 0) {
        return Invalid("dimension", size_offset, "a size of 0; every size must be at least 1");
      }
    }
    return {};
  }

  Result<uint64_t> TensorBytes(const TensorView& tensor, size_t offset) const {
    const TensorTypeInfo& info = GetTensorTypeInfo(tensor.type);
    if (tensor.cols() % info.block_elements != 0) {
      return Invalid("shape", offset,
                     "rows of " + std::to_string(tensor.cols()) +
                         " elements are not whole blocks of " +
                         std::to_string(info.block_elements) + " (" + std::string(info.name) + ")");
    }
    std::optional<uint64_t> elements = 1;
    for (const uint64_t size : tensor.shape) {
      if (elements) elements = CheckedMul<uint64_t>(*elements, size);
    }
    const auto size = elements
                          ? CheckedMul<uint64_t>(*elements / info.block_elements, info.block_bytes)
                          : std::nullopt;
    if (!size || *size > bytes_.size()) {
      return Invalid("shape", offset, "the tensor would be larger than the file");
    }
    return *size;
  }

  Status PlaceTensors(uint64_t alignment) {
    if (tensors_.empty()) return {};
    context_ = "tensor data";
    const auto begin = CheckedAlignUp<uint64_t>(reader_.offset(), alignment);
    if (!begin || *begin > bytes_.size()) {
      return Invalid("start", reader_.offset(),
                     "the file ends before the tensors; it is cut short, download it again");
    }
    const auto data = bytes_.subspan(*begin);
    for (size_t i = 0; i < tensors_.size(); ++i) {
      const Placement& place = placements_[i];
      context_ = "tensor " + QuoteName(tensors_[i].name);
      if (place.offset % alignment != 0) {
        return Invalid("offset", place.field_offset,
                       std::to_string(place.offset) + " is not a multiple of the alignment " +
                           std::to_string(alignment));
      }
      if (place.offset > data.size() || place.bytes > data.size() - place.offset) {
        return Invalid("offset", place.field_offset,
                       std::to_string(place.bytes) + " bytes at offset " +
                           std::to_string(place.offset) + " end after the file's tensor data of " +
                           std::to_string(data.size()) +
                           " bytes; the file is cut short or damaged, download it again");
      }
      tensors_[i].bytes = data.subspan(place.offset, place.bytes);
    }
    return CheckNoOverlap();
  }

  Status CheckNoOverlap() {
    std::vector<uint32_t> order(tensors_.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return std::pair(placements_[a].offset, a) < std::pair(placements_[b].offset, b);
    });
    for (size_t i = 1; i < order.size(); ++i) {
      const Placement& previous = placements_[order[i - 1]];
      const Placement& current = placements_[order[i]];
      if (previous.offset + previous.bytes <= current.offset) continue;
      context_ = "tensor " + QuoteName(tensors_[order[i]].name);
      return Invalid("offset", current.field_offset,
                     "its data overlaps that of tensor " + QuoteName(tensors_[order[i - 1]].name));
    }
    return {};
  }

  std::span<const std::byte> bytes_;
  ByteReader reader_;
  std::string context_;  // what is being read, for messages
  uint64_t tensor_count_ = 0;
  uint64_t key_count_ = 0;
  std::vector<MetadataEntry> entries_;
  std::vector<TensorView> tensors_;
  std::vector<Placement> placements_;  // by tensor
};

}  // namespace

Result<ModelFile> ParseGguf(std::span<const std::byte> bytes) {
  YIXIN_TRY(ModelFileParts parts, Parser(bytes).Parse());
  return ModelFile(std::move(parts));
}

Result<ModelFile> OpenGguf(const std::filesystem::path& path) {
  return MapModel(path, [](std::span<const std::byte> bytes) { return Parser(bytes).Parse(); });
}

}  // namespace yixin
