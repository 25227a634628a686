// Tested by: safetensors_test.cc; fuzzed by tests/fuzz/safetensors_fuzz.cc
#include "formats/safetensors.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/byte_reader.h"
#include "base/checked.h"
#include "base/strict_json.h"
#include "base/utf8.h"
#include "formats/map_model.h"

namespace yixin {
namespace {

using nlohmann::json;

// A model of 1,000 layers has a header of 2 MB; the format's own limit is 100 MB.
constexpr uint64_t kMaxHeaderBytes = uint64_t{16} << 20;
constexpr size_t kMaxTensors = 65536;
constexpr size_t kMaxDimensions = 4;  // TensorView's
// {"tensor": {"shape": [...]}}
constexpr int kMaxNesting = 4;

struct DtypeRow {
  std::string_view name;
  TensorType type;
};
constexpr std::array kDtypes = {DtypeRow{"F32", TensorType::kF32},
                                DtypeRow{"F16", TensorType::kF16},
                                DtypeRow{"BF16", TensorType::kBf16}};

Error HeaderError(std::string_view what) {
  return {ErrorCode::kInvalidFile, "safetensors header: " + std::string(what),
          "safetensors header"};
}

// One tensor's entry, with the name in every message.
class EntryReader {
 public:
  EntryReader(std::string_view name, const json& entry) : name_(name), entry_(entry) {}

  Error Fail(ErrorCode code, const std::string& what) const {
    return {code, "tensor " + QuoteName(name_) + ": " + what, std::string(name_)};
  }
  Error Invalid(const std::string& what) const { return Fail(ErrorCode::kInvalidFile, what); }

  Status ReadType(TensorView& tensor) const {
    const auto dtype = entry_.find("dtype");
    if (dtype == entry_.end() || !dtype->is_string()) return Invalid("dtype: expected a string");
    const auto& wanted = dtype->get_ref<const std::string&>();
    for (const DtypeRow& row : kDtypes) {
      if (row.name != wanted) continue;
      tensor.type = row.type;
      return {};
    }
    return Fail(ErrorCode::kUnsupported,
                "dtype " + QuoteName(wanted) + " is not supported; supported are F32, F16, BF16");
  }

  // Out: how many bytes the shape needs.
  Result<uint64_t> ReadShape(TensorView& tensor) const {
    const auto shape = entry_.find("shape");
    if (shape == entry_.end() || !shape->is_array()) return Invalid("shape: expected an array");
    if (shape->empty() || shape->size() > kMaxDimensions) {
      return Fail(ErrorCode::kUnsupported, "shape: expected 1 to " +
                                               std::to_string(kMaxDimensions) + " sizes, got " +
                                               std::to_string(shape->size()));
    }
    std::optional<uint64_t> bytes = GetTensorTypeInfo(tensor.type).block_bytes;
    for (const json& size : *shape) {
      if (!size.is_number_unsigned()) return Invalid("shape: expected sizes, got " + size.dump());
      const auto value = size.get<uint64_t>();
      if (value == 0) {
        return Fail(ErrorCode::kUnsupported, "shape: a size of 0; the tensor has no elements");
      }
      tensor.shape.push_back(value);
      if (bytes) bytes = CheckedMul<uint64_t>(*bytes, value);
    }
    if (!bytes) return Invalid("shape: the product of its sizes is beyond 64 bits");
    return *bytes;
  }

  Result<std::pair<uint64_t, uint64_t>> ReadOffsets() const {
    const auto offsets = entry_.find("data_offsets");
    if (offsets == entry_.end() || !offsets->is_array() || offsets->size() != 2 ||
        !(*offsets)[0].is_number_unsigned() || !(*offsets)[1].is_number_unsigned()) {
      return Invalid("data_offsets: expected [begin, end]");
    }
    return std::pair((*offsets)[0].get<uint64_t>(), (*offsets)[1].get<uint64_t>());
  }

 private:
  std::string_view name_;
  const json& entry_;
};

struct Placement {
  uint64_t begin = 0;
  uint64_t end = 0;
  size_t tensor = 0;  // index before sorting
};

class Parser {
 public:
  explicit Parser(std::span<const std::byte> bytes) : bytes_(bytes) {}

  Result<ModelFileParts> Parse() {
    YIXIN_TRY(const json header, ReadHeader());
    if (header.size() > kMaxTensors) {
      return HeaderError("expected at most " + std::to_string(kMaxTensors) + " tensors, got " +
                         std::to_string(header.size()));
    }
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") {
        YIXIN_CHECK_OK(ReadMetadata(entry));
      } else {
        YIXIN_CHECK_OK(ReadTensor(name, entry));
      }
    }
    YIXIN_CHECK_OK(PlaceTensors());
    parts_.size = bytes_.size();
    parts_.origin = ModelOrigin::kHuggingFace;
    return std::move(parts_);
  }

 private:
  Result<json> ReadHeader() {
    ByteReader reader(bytes_);
    const auto length = reader.Read<uint64_t>();
    if (!length) return HeaderError("the file has fewer than the 8 bytes of the header's length");
    if (*length > kMaxHeaderBytes) {
      return HeaderError("its length is said to be " + std::to_string(*length) +
                         " bytes, expected at most " + std::to_string(kMaxHeaderBytes) +
                         "; is this a safetensors file?");
    }
    const auto text = reader.ReadText(*length);
    if (!text) {
      return HeaderError("needs " + std::to_string(*length) + " bytes, but only " +
                         std::to_string(reader.remaining()) +
                         " are left; the file is cut short or damaged, download it again");
    }
    data_ = bytes_.subspan(reader.offset());
    if (!text->starts_with('{')) return HeaderError("expected '{' at its first byte");
    auto header = ParseStrictJson(*text, {.max_bytes = kMaxHeaderBytes, .max_depth = kMaxNesting});
    if (!header) {
      Error error = std::move(header).error();
      error.message = "safetensors header: " + error.message;
      if (error.subject.empty()) error.subject = "safetensors header";
      return error;
    }
    return header;
  }

  std::string_view Keep(std::string text) { return parts_.texts.emplace_back(std::move(text)); }

  Status ReadMetadata(const json& metadata) {
    if (!metadata.is_object()) return HeaderError("__metadata__: expected an object");
    for (const auto& [key, value] : metadata.items()) {
      if (!value.is_string()) {
        return HeaderError("__metadata__: key " + QuoteName(key) + ": expected a string");
      }
      const std::string_view text = Keep(value.get<std::string>());
      parts_.metadata.push_back({.key = Keep(key),
                                 .type = MetadataType::kString,
                                 .value = std::as_bytes(std::span(text))});
    }
    return {};
  }

  Status ReadTensor(const std::string& name, const json& entry) {
    const EntryReader reader(name, entry);
    if (name.empty()) return reader.Invalid("a tensor without a name");
    if (!entry.is_object()) return reader.Invalid("expected an object");
    TensorView tensor;
    YIXIN_CHECK_OK(reader.ReadType(tensor));
    YIXIN_TRY(const uint64_t bytes, reader.ReadShape(tensor));
    YIXIN_TRY(const auto range, reader.ReadOffsets());
    const auto [begin, end] = range;
    if (begin > end || end > data_.size()) {
      return reader.Invalid("data_offsets: [" + std::to_string(begin) + ", " + std::to_string(end) +
                            "] is no range of the file's " + std::to_string(data_.size()) +
                            " bytes of data; the file is cut short or damaged, download it again");
    }
    if (end - begin != bytes) {
      return reader.Invalid("data_offsets: its shape needs " + std::to_string(bytes) +
                            " bytes, its range has " + std::to_string(end - begin));
    }
    tensor.name = Keep(name);
    tensor.bytes = data_.subspan(begin, bytes);
    places_.push_back({begin, end, parts_.tensors.size()});
    parts_.tensors.push_back(std::move(tensor));
    return {};
  }

  // In the order of the data, and so that it covers all of it.
  Status PlaceTensors() {
    std::sort(places_.begin(), places_.end(),
              [](const Placement& a, const Placement& b) { return a.begin < b.begin; });
    std::vector<TensorView> sorted;
    uint64_t covered = 0;
    for (const Placement& place : places_) {
      TensorView& tensor = parts_.tensors[place.tensor];
      if (place.begin != covered) {
        const bool overlap = place.begin < covered;
        std::string what = "data_offsets: ";
        what += overlap ? "its data overlaps that of tensor " + QuoteName(sorted.back().name)
                        : std::to_string(place.begin - covered) +
                              " bytes before its data belong "
                              "to no tensor";
        return Error{ErrorCode::kInvalidFile, "tensor " + QuoteName(tensor.name) + ": " + what,
                     std::string(tensor.name)};
      }
      covered = place.end;
      sorted.push_back(std::move(tensor));
    }
    parts_.tensors = std::move(sorted);
    if (covered == data_.size()) return {};
    const std::string last =
        parts_.tensors.empty() ? "" : " after tensor " + QuoteName(parts_.tensors.back().name);
    return HeaderError(std::to_string(data_.size() - covered) + " bytes of data" + last +
                       " belong to no tensor; the file is damaged, download it again");
  }

  std::span<const std::byte> bytes_;
  std::span<const std::byte> data_;  // behind the header
  ModelFileParts parts_;
  std::vector<Placement> places_;
};

}  // namespace

Result<ModelFile> ParseSafetensors(std::span<const std::byte> bytes) {
  YIXIN_TRY(ModelFileParts parts, Parser(bytes).Parse());
  return ModelFile(std::move(parts));
}

Result<ModelFile> OpenSafetensors(const std::filesystem::path& path) {
  return MapModel(path, [](std::span<const std::byte> bytes) { return Parser(bytes).Parse(); });
}

}  // namespace yixin
