#include "support/gguf_writer.h"

#include <utility>

namespace yixin {
namespace {

void Append(std::span<const std::byte> bytes, std::vector<std::byte>& out) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

template <typename T>
void AppendNumber(T value, std::vector<std::byte>& out) {
  Append(std::as_bytes(std::span(&value, 1)), out);
}

void AppendText(std::string_view text, std::vector<std::byte>& out) {
  AppendNumber<uint64_t>(text.size(), out);
  Append(std::as_bytes(std::span(text)), out);
}

void Pad(uint32_t alignment, std::vector<std::byte>& out) {
  while (out.size() % alignment != 0) out.push_back(std::byte{0});
}

}  // namespace

void GgufWriter::WriteRawKey(std::string_view key, uint32_t type_id,
                             std::span<const std::byte> value) {
  AppendText(key, keys_);
  AppendNumber(type_id, keys_);
  Append(value, keys_);
  ++written_keys_;
}

void GgufWriter::WriteRawArray(std::string_view key, uint32_t element_type_id, uint64_t count,
                               std::span<const std::byte> elements) {
  std::vector<std::byte> value;
  AppendNumber(element_type_id, value);
  AppendNumber(count, value);
  Append(elements, value);
  WriteRawKey(key, kGgufArray, value);
}

void GgufWriter::WriteKey(std::string_view key, std::string_view value) {
  std::vector<std::byte> bytes;
  AppendText(value, bytes);
  WriteRawKey(key, kGgufString, bytes);
}

void GgufWriter::WriteKey(std::string_view key, const std::vector<std::string>& values) {
  std::vector<std::byte> elements;
  for (const std::string& value : values) AppendText(value, elements);
  WriteRawArray(key, kGgufString, values.size(), elements);
}

void GgufWriter::AddTensor(std::string_view name, const std::vector<uint64_t>& shape,
                           uint32_t type_id, std::span<const std::byte> data) {
  GgufTensorRecord record;
  record.name = name;
  record.dimensions.assign(shape.rbegin(), shape.rend());
  record.type_id = type_id;
  record.data.assign(data.begin(), data.end());
  AddTensor(std::move(record));
}

std::vector<std::byte> GgufWriter::Finish() const {
  std::vector<std::byte> file;
  Append(std::as_bytes(std::span(magic)), file);
  AppendNumber(version, file);
  AppendNumber<uint64_t>(tensor_count.value_or(tensors_.size()), file);
  AppendNumber<uint64_t>(key_count.value_or(written_keys_), file);
  Append(keys_, file);

  std::vector<std::byte> data;
  for (const GgufTensorRecord& tensor : tensors_) {
    AppendText(tensor.name, file);
    AppendNumber(tensor.dimension_count.value_or(static_cast<uint32_t>(tensor.dimensions.size())),
                 file);
    for (const uint64_t size : tensor.dimensions) AppendNumber(size, file);
    AppendNumber(tensor.type_id, file);
    AppendNumber<uint64_t>(tensor.offset.value_or(data.size()), file);
    Append(tensor.data, data);
    Pad(alignment, data);
  }
  Pad(alignment, file);
  Append(data, file);
  return file;
}

}  // namespace yixin
