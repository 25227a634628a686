// Tested by: utf8_test.cc
#include "base/utf8.h"

namespace yixin {
namespace {

// How many of the bytes from `offset` belong to one broken sequence: the longest start of a valid
// sequence, at least one.
size_t BrokenLength(std::string_view bytes, size_t offset) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t lead = byte(offset);
  size_t expected = 1;
  uint8_t low = 0x80;
  uint8_t high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    expected = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    expected = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    expected = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  }
  size_t length = 1;
  while (length < expected && offset + length < bytes.size()) {
    const uint8_t next = byte(offset + length);
    if (next < low || next > high) break;
    low = 0x80;
    high = 0xbf;
    ++length;
  }
  return length;
}

}  // namespace

DecodedCodePoint DecodeUtf8(std::string_view bytes, size_t offset) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[offset + i]); };
  const size_t left = bytes.size() - offset;
  const auto continuation = [&](size_t i) { return i < left && (byte(i) & 0xc0) == 0x80; };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead >= 0xc2 && lead <= 0xdf && continuation(1)) {
    return {static_cast<char32_t>((lead & 0x1f) << 6 | (byte(1) & 0x3f)), 2};
  }
  if ((lead & 0xf0) == 0xe0 && continuation(1) && continuation(2)) {
    const char32_t c = (lead & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    if (c >= 0x800 && (c < 0xd800 || c > 0xdfff)) return {c, 3};
  }
  if (lead >= 0xf0 && lead <= 0xf4 && continuation(1) && continuation(2) && continuation(3)) {
    const char32_t c =
        (lead & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
    if (c >= 0x10000 && c <= 0x10ffff) return {c, 4};
  }
  return {0, 0};
}

std::optional<size_t> FindInvalidUtf8(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    const uint32_t length = DecodeUtf8(bytes, i).length;
    if (length == 0) return i;
    i += length;
  }
  return std::nullopt;
}

std::string ReplaceInvalidUtf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size();) {
    const uint32_t length = DecodeUtf8(bytes, i).length;
    if (length == 0) {
      AppendUtf8(0xfffd, out);
      i += BrokenLength(bytes, i);
    } else {
      out.append(bytes.substr(i, length));
      i += length;
    }
  }
  return out;
}

void AppendUtf8(char32_t code_point, std::string& out) {
  const auto put = [&](char32_t bits) { out.push_back(static_cast<char>(bits)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xc0 | code_point >> 6);
    put(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    put(0xe0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  } else {
    put(0xf0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3f));
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  }
}

size_t IncompleteUtf8TailLength(std::string_view bytes) {
  for (size_t length = 1; length <= 3 && length <= bytes.size(); ++length) {
    const size_t offset = bytes.size() - length;
    const auto lead = static_cast<uint8_t>(bytes[offset]);
    if ((lead & 0xc0) == 0x80) continue;
    const bool can_begin = lead >= 0xc2 && lead <= 0xf4;
    const bool is_open =
        can_begin && DecodeUtf8(bytes, offset).length == 0 && BrokenLength(bytes, offset) == length;
    return is_open ? length : 0;
  }
  return 0;
}

size_t Utf8PrefixLength(std::string_view text, size_t limit) {
  if (limit >= text.size()) return text.size();
  while (limit > 0 && (static_cast<uint8_t>(text[limit]) & 0xc0) == 0x80) --limit;
  return limit;
}

std::string QuoteName(std::string_view name) {
  constexpr size_t kLongest = 80;
  const bool cut = name.size() > kLongest;
  std::string shown = "'";
  shown += ReplaceInvalidUtf8(name.substr(0, Utf8PrefixLength(name, kLongest)));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return shown + (cut ? "...'" : "'");
}

}  // namespace yixin
