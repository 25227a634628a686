// Tested by: normalize_test.cc
#include "tokenizer/normalize.h"

#include <utf8proc.h>

#include <algorithm>
#include <vector>

#include "base/utf8.h"

namespace yixin {
namespace {

// Code points that NFC leaves alone whatever stands beside them; not all of them, but those that
// nearly all English and Chinese texts consist of (a test checks each against the slow path).
bool IsInert(char32_t c) {
  return c < 0x300 || (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xff00 && c <= 0xffef) ||
         (c >= 0x2010 && c <= 0x2027) || (c >= 0x3000 && c <= 0x3029);
}

bool IsAlreadyNormal(std::string_view text) {
  for (size_t offset = 0; offset < text.size();) {
    const DecodedCodePoint decoded = DecodeUtf8(text, offset);
    if (!IsInert(decoded.code_point)) return false;
    offset += decoded.length;
  }
  return true;
}

// No canonical decomposition is longer than 4 (UAX #15, stable by policy).
constexpr int kLongestDecomposition = 4;

void AppendDecomposed(char32_t c, std::vector<utf8proc_int32_t>& out) {
  utf8proc_int32_t parts[kLongestDecomposition];
  int boundary_class = 0;
  const utf8proc_ssize_t count = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(c), parts, kLongestDecomposition,
      static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_STABLE), &boundary_class);
  if (count < 0 || count > kLongestDecomposition) {
    out.push_back(static_cast<utf8proc_int32_t>(c));
    return;
  }
  out.insert(out.end(), parts, parts + count);
}

auto CombiningClass(utf8proc_int32_t c) { return utf8proc_get_property(c)->combining_class; }

// Canonical ordering. utf8proc_decompose has this too, by swapping neighbours: quadratic.
void SortMarks(std::vector<utf8proc_int32_t>& characters) {
  for (auto begin = characters.begin(); begin != characters.end();) {
    if (CombiningClass(*begin) == 0) {
      ++begin;
      continue;
    }
    const auto end =
        std::find_if(begin, characters.end(), [](auto c) { return CombiningClass(c) == 0; });
    std::stable_sort(begin, end,
                     [](auto a, auto b) { return CombiningClass(a) < CombiningClass(b); });
    begin = end;
  }
}

// Composes in one pass, in place.
//
// utf8proc 2.8 takes U+11A7 for the trailing consonant number 0 and drops it after a
// Hangul syllable without one. It is a vowel, composes with nothing, and so parts the text.
void Compose(std::vector<utf8proc_int32_t>& characters) {
  constexpr utf8proc_int32_t kNotATrailingConsonant = 0x11a7;
  constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE);
  auto out = characters.begin();
  for (auto begin = characters.begin(); begin != characters.end();) {
    const auto end = std::find(begin, characters.end(), kNotATrailingConsonant);
    const utf8proc_ssize_t length = utf8proc_normalize_utf32(&*begin, end - begin, kOptions);
    // It fails only for options that are not asked for here; the text as it is is then the answer.
    out = std::copy(begin, length < 0 ? end : begin + length, out);
    if (end == characters.end()) break;
    *out++ = kNotATrailingConsonant;
    begin = end + 1;
  }
  characters.erase(out, characters.end());
}

}  // namespace

std::string NormalizeNfc(std::string_view text) {
  if (IsAlreadyNormal(text)) return std::string(text);
  std::vector<utf8proc_int32_t> characters;
  characters.reserve(text.size());
  for (size_t offset = 0; offset < text.size();) {
    const DecodedCodePoint decoded = DecodeUtf8(text, offset);
    AppendDecomposed(decoded.code_point, characters);
    offset += decoded.length;
  }
  SortMarks(characters);
  Compose(characters);
  std::string normal;
  normal.reserve(text.size());
  for (const utf8proc_int32_t c : characters) AppendUtf8(static_cast<char32_t>(c), normal);
  return normal;
}

}  // namespace yixin
