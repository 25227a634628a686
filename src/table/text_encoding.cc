// The order of the questions: a mark; bytes 0 of one parity (UTF-16); UTF-8, whose multi-byte
// sequences hardly come about by chance; GB18030, where nearly any pair of bytes is valid, so that
// most characters must be of GB 2312, which are the ones in daily use, or of four bytes, which no
// other encoding has.
// Tested by: text_encoding_test.cc
#include "table/text_encoding.h"

#include <array>
#include <cstdint>
#include <string>

#include "base/utf8.h"

namespace yixin {
namespace {

struct EncodingTraits {
  TextEncoding encoding;
  const char* name;
  std::string_view mark;
};
constexpr std::array<EncodingTraits, 4> kEncodings = {{
    {TextEncoding::kUtf8, "utf-8", "\xEF\xBB\xBF"},
    {TextEncoding::kUtf16Le, "utf-16le", "\xFF\xFE"},
    {TextEncoding::kUtf16Be, "utf-16be", "\xFE\xFF"},
    {TextEncoding::kGb18030, "gb18030", "\x84\x31\x95\x33"},
}};
constexpr bool TableIsInOrder() {
  for (size_t i = 0; i < kEncodings.size(); ++i) {
    if (kEncodings[i].encoding != static_cast<TextEncoding>(i)) return false;
  }
  return true;
}
static_assert(TableIsInOrder());

const EncodingTraits& TraitsOf(TextEncoding encoding) {
  return kEncodings[static_cast<size_t>(encoding)];
}

// Characters that speak for an encoding, and places that speak against it.
struct Evidence {
  size_t good = 0;
  size_t bad = 0;
  size_t first_bad = 0;
};

Evidence Utf8Evidence(std::string_view bytes, bool is_whole) {
  if (!is_whole) bytes.remove_suffix(IncompleteUtf8TailLength(bytes));
  Evidence evidence;
  for (size_t i = 0; i < bytes.size();) {
    const uint32_t length = DecodeUtf8(bytes, i).length;
    if (length > 1) ++evidence.good;
    if (length == 0 && evidence.bad++ == 0) evidence.first_bad = i;
    i += length == 0 ? 1 : length;
  }
  return evidence;
}

uint8_t ByteAt(std::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

bool IsFourByteCharacter(std::string_view bytes, size_t i) {
  if (bytes.size() - i < 4) return false;
  const auto is_lead = [](uint8_t byte) { return byte >= 0x81 && byte <= 0xfe; };
  const auto is_digit = [](uint8_t byte) { return byte >= 0x30 && byte <= 0x39; };
  return is_lead(ByteAt(bytes, i)) && is_digit(ByteAt(bytes, i + 1)) &&
         is_lead(ByteAt(bytes, i + 2)) && is_digit(ByteAt(bytes, i + 3));
}

// good: characters of GB 2312 and of four bytes; bad: others, and bytes that are no character.
Evidence Gb18030Evidence(std::string_view bytes) {
  Evidence evidence;
  for (size_t i = 0; i < bytes.size();) {
    const uint8_t lead = ByteAt(bytes, i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    if (i + 1 == bytes.size()) break;  // cut off, or one bad byte in a whole file
    const uint8_t trail = ByteAt(bytes, i + 1);
    const bool in_gb2312 = lead >= 0xa1 && lead <= 0xf7 && trail >= 0xa1 && trail <= 0xfe;
    const bool has_four = IsFourByteCharacter(bytes, i);  // emoji
    ++(in_gb2312 || has_four ? evidence.good : evidence.bad);
    i += has_four ? 4 : trail < 0x40 ? 1 : 2;
  }
  return evidence;
}

bool IsUsualUnit(uint32_t unit) {
  return unit < 0x250 || (unit >= 0x2000 && unit < 0x2700) || (unit >= 0x3000 && unit < 0x3100) ||
         (unit >= 0x4e00 && unit < 0xa000) || unit >= 0xff00 || (unit >= 0xd83c && unit < 0xe000);
}

// UTF-16 without a mark: line breaks and ASCII have a 0 in their high byte, all on one side.
std::optional<TextEncoding> Utf16WithoutMark(std::string_view bytes, bool is_utf8) {
  std::array<size_t, 2> zeros{};
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == 0) ++zeros[i % 2];
  }
  // Text in UTF-8 has no 0; as UTF-16 every second byte of ASCII is one.
  if (zeros[0] == zeros[1] || (is_utf8 && zeros[0] + zeros[1] < bytes.size() / 4)) return {};
  const bool little = zeros[1] > zeros[0];
  size_t usual = 0;
  const size_t units = bytes.size() / 2;
  for (size_t i = 0; i < units; ++i) {
    const uint32_t low = ByteAt(bytes, 2 * i + (little ? 0 : 1));
    const uint32_t high = ByteAt(bytes, 2 * i + (little ? 1 : 0));
    if (IsUsualUnit(high << 8 | low)) ++usual;
  }
  if (usual * 10 < units * 9) return {};
  return little ? TextEncoding::kUtf16Le : TextEncoding::kUtf16Be;
}

}  // namespace

const char* EncodingName(TextEncoding encoding) { return TraitsOf(encoding).name; }

std::optional<TextEncoding> EncodingOfName(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      plain += static_cast<char>(c - 'A' + 'a');
    } else if (c != '-' && c != '_') {
      plain += c;
    }
  }
  if (plain == "utf8") return TextEncoding::kUtf8;
  if (plain == "utf16le") return TextEncoding::kUtf16Le;
  if (plain == "utf16be") return TextEncoding::kUtf16Be;
  if (plain == "gb18030" || plain == "gbk" || plain == "gb2312") return TextEncoding::kGb18030;
  return {};
}

size_t MarkBytes(std::string_view bytes, TextEncoding encoding) {
  const std::string_view mark = TraitsOf(encoding).mark;
  return bytes.starts_with(mark) ? mark.size() : 0;
}

Result<FoundEncoding> DetectEncoding(std::string_view bytes, bool is_whole) {
  for (const EncodingTraits& traits : kEncodings) {
    if (bytes.starts_with(traits.mark)) {
      return FoundEncoding{traits.encoding, traits.mark.size(), "byte order mark"};
    }
  }
  const Evidence utf8 = Utf8Evidence(bytes, is_whole);
  if (const auto found = Utf16WithoutMark(bytes, utf8.bad == 0)) {
    return FoundEncoding{*found, 0, "a zero in every other byte"};
  }
  if (utf8.bad == 0) return FoundEncoding{TextEncoding::kUtf8, 0, "valid UTF-8"};
  // Chinese in GB18030 has one chance valid sequence in two or three; so nine of ten are UTF-8.
  if (utf8.good >= 9 * utf8.bad) {
    return FoundEncoding{TextEncoding::kUtf8, 0, "mostly valid UTF-8, with broken bytes in it"};
  }
  const Evidence gb = Gb18030Evidence(bytes);
  if (gb.good > 0 && gb.good >= 4 * gb.bad) {  // Big5 has three of five there
    return FoundEncoding{TextEncoding::kGb18030, 0, "not UTF-8, and common characters as GB18030"};
  }
  return Error{ErrorCode::kInvalidFile,
               "cannot tell the encoding: byte " + std::to_string(utf8.first_bad) +
                   " is not UTF-8, and as GB18030 the text would be of rare characters; name the "
                   "encoding (utf-8, utf-16le, utf-16be, gb18030), or convert the file to UTF-8 "
                   "with iconv",
               "encoding"};
}

}  // namespace yixin
