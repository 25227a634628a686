// A cursor over hostile bytes that always knows what is left. Little-endian, as GGUF and
// safetensors are. A read past the end fails and leaves the cursor where it was; nothing is
// allocated by a count before that count is compared with the bytes that remain. Tested by:
// byte_reader_test.cc
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace yixin {

static_assert(std::endian::native == std::endian::little, "files are read in place");

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  size_t offset() const { return offset_; }
  size_t remaining() const { return bytes_.size() - offset_; }

  template <typename T>
  requires std::is_arithmetic_v<T> std::optional<T> Read() {
    if (remaining() < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset_, sizeof(T));
    offset_ += sizeof(T);
    return value;
  }

  std::optional<std::span<const std::byte>> ReadBytes(uint64_t count) {
    if (count > remaining()) return std::nullopt;
    auto view = bytes_.subspan(offset_, static_cast<size_t>(count));
    offset_ += static_cast<size_t>(count);
    return view;
  }

  // `count` bytes as text; whether they are UTF-8 is the caller's question.
  std::optional<std::string_view> ReadText(uint64_t count) {
    auto view = ReadBytes(count);
    if (!view) return std::nullopt;
    return std::string_view(reinterpret_cast<const char*>(view->data()), view->size());
  }

 private:
  std::span<const std::byte> bytes_;
  size_t offset_ = 0;
};

}  // namespace yixin
