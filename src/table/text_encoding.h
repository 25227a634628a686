// Which encoding a text has, found from its first bytes. It does not know Big5, Shift JIS, Latin-1
// and the like: what is none of its four is an error that asks, never a guess.
// Tested by: text_encoding_test.cc
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "yixin/result.h"

namespace yixin {

enum class TextEncoding { kUtf8, kUtf16Le, kUtf16Be, kGb18030 };

// "utf-8", "utf-16le", "utf-16be", "gb18030".
const char* EncodingName(TextEncoding encoding);
// Such a name in any case, with or without the hyphens; gbk and gb2312 are parts of GB18030.
std::optional<TextEncoding> EncodingOfName(std::string_view name);

struct FoundEncoding {
  TextEncoding encoding = TextEncoding::kUtf8;
  size_t mark_bytes = 0;  // of the byte order mark, 0 without one
  std::string why;        // for a person: "byte order mark"
};

// In: a file's first bytes; `is_whole`: nothing follows them, so that a character cut at the end is
// an error. A file with a few broken bytes in much UTF-8 is UTF-8.
// Errors: kInvalidFile when it is none of the four.
Result<FoundEncoding> DetectEncoding(std::string_view bytes, bool is_whole);

// The byte order mark that `bytes` begins with, if it is that of `encoding`; else 0.
size_t MarkBytes(std::string_view bytes, TextEncoding encoding);

}  // namespace yixin
