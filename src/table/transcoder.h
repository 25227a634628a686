// Text from one of the known encodings to UTF-8 and back, by iconv, a piece at a time.
// Tested by: transcoder_test.cc
#pragma once

#include <iconv.h>

#include <string>
#include <string_view>

#include "table/text_encoding.h"
#include "yixin/result.h"

namespace yixin {

// Threads: one at a time.
class Transcoder {
 public:
  // Errors: kUnsupported when the system's iconv does not know GB18030.
  static Result<Transcoder> ToUtf8(TextEncoding from);
  static Result<Transcoder> FromUtf8(TextEncoding to);
  Transcoder(Transcoder&& other) noexcept;
  Transcoder& operator=(Transcoder&&) = delete;
  ~Transcoder();

  // Appends the converted bytes. In: whole characters, as a line has them. Out: whether all were
  // valid; each broken part becomes U+FFFD (its own encoding of it).
  bool Append(std::string_view bytes, std::string& out);

 private:
  Transcoder(iconv_t iconv, size_t unit, std::string replacement)
      : iconv_(iconv), unit_(unit), replacement_(std::move(replacement)) {}

  iconv_t iconv_;            // none where both sides are UTF-8
  size_t unit_;              // bytes of the smallest character
  std::string replacement_;  // of a broken part
};

}  // namespace yixin
