// Tested by: transcoder_test.cc
#include "table/transcoder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/utf8.h"

namespace yixin {
namespace {

const iconv_t kNone = reinterpret_cast<iconv_t>(-1);
constexpr const char* kReplacement = "\xEF\xBF\xBD";  // U+FFFD

Result<iconv_t> OpenIconv(TextEncoding from, TextEncoding to) {
  if (from == to) return kNone;
  const iconv_t handle = iconv_open(EncodingName(to), EncodingName(from));
  if (handle != kNone) return handle;
  return Error{ErrorCode::kUnsupported,
               std::string("this system's iconv cannot convert ") + EncodingName(from) + " to " +
                   EncodingName(to) + "; use UTF-8",
               "encoding"};
}

}  // namespace

Result<Transcoder> Transcoder::ToUtf8(TextEncoding from) {
  YIXIN_TRY(const iconv_t handle, OpenIconv(from, TextEncoding::kUtf8));
  const bool is_wide = from == TextEncoding::kUtf16Le || from == TextEncoding::kUtf16Be;
  return Transcoder(handle, is_wide ? 2 : 1, kReplacement);
}

Result<Transcoder> Transcoder::FromUtf8(TextEncoding to) {
  YIXIN_TRY(const iconv_t handle, OpenIconv(TextEncoding::kUtf8, to));
  Transcoder transcoder(handle, 1, kReplacement);
  std::string replacement;
  transcoder.Append(kReplacement, replacement);
  transcoder.replacement_ = replacement;
  return transcoder;
}

Transcoder::Transcoder(Transcoder&& other) noexcept
    : iconv_(std::exchange(other.iconv_, kNone)),
      unit_(other.unit_),
      replacement_(std::move(other.replacement_)) {}

Transcoder::~Transcoder() {
  if (iconv_ != kNone) iconv_close(iconv_);
}

bool Transcoder::Append(std::string_view bytes, std::string& out) {
  if (iconv_ == kNone) {
    const bool is_valid = !FindInvalidUtf8(bytes);
    is_valid ? out.append(bytes) : out.append(ReplaceInvalidUtf8(bytes));
    return is_valid;
  }
  bool is_valid = true;
  iconv(iconv_, nullptr, nullptr, nullptr, nullptr);
  std::array<char, 4096> block;
  char* from = const_cast<char*>(bytes.data());  // iconv's signature; it only reads
  size_t left = bytes.size();
  while (left > 0) {
    char* to = block.data();
    size_t room = block.size();
    const size_t done = iconv(iconv_, &from, &left, &to, &room);
    const int error = done == static_cast<size_t>(-1) ? errno : 0;
    out.append(block.data(), block.size() - room);
    if (error == 0 || error == E2BIG) continue;
    // A broken sequence, or one that the end cuts off.
    is_valid = false;
    out += replacement_;
    const size_t broken = error == EILSEQ ? std::min(unit_, left) : left;
    from += broken;
    left -= broken;
  }
  return is_valid;
}

}  // namespace yixin
