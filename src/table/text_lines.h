// The lines of a text in any of the known encodings, as UTF-8, each with its number and its place
// in the source. Lines are cut in the source's own bytes, where line breaks are unmistakable in all
// four encodings, and then converted; so every line knows its offset, and memory holds one line.
// Tested by: text_lines_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "table/byte_source.h"
#include "table/text_encoding.h"
#include "table/transcoder.h"
#include "yixin/result.h"

namespace yixin {

enum class LineBreak {
  kLineFeed,  // LF, and the CR before it; a CR elsewhere is text
  kAny,       // LF, CR LF, CR: a text that has CR alone
};

// What ends the lines of a text of which `bytes` is the beginning: kAny if it has CR and no LF.
LineBreak DetectLineBreak(std::string_view bytes, TextEncoding encoding);

struct TextLine {
  std::string text;          // UTF-8, with its line break; broken bytes are U+FFFD
  size_t length = 0;         // of the text without its line break
  uint64_t offset = 0;       // of its first byte in the source
  uint64_t number = 0;       // from 1
  bool has_valid = true;     // the source's bytes were valid in the encoding
  bool is_too_long = false;  // longer than the limit; `text` is empty

  std::string_view content() const { return std::string_view(text).substr(0, length); }
};

struct TextLinesOptions {
  TextEncoding encoding = TextEncoding::kUtf8;
  LineBreak line_break = LineBreak::kLineFeed;
  size_t max_line_bytes = size_t{16} << 20;  // of the source; a longer line is passed over
};

class TextLines {
 public:
  // head: the bytes of the source that were read already; a byte order mark there is dropped.
  // Errors: kUnsupported, as Transcoder.
  static Result<TextLines> Create(std::unique_ptr<ByteSource> source, std::string head,
                                  const TextLinesOptions& options);

  // False at the end. Errors: the source's.
  Result<bool> Next(TextLine& line);

  // Goes on at a line that an earlier run was told of. In: at or behind the present one.
  // Errors: the source's; kInvalidArgument for a place before the present one.
  Status SkipTo(uint64_t offset, uint64_t number);

  uint64_t offset() const { return offset_; }  // of the next line
  uint64_t number() const { return number_; }

 private:
  struct Break {
    size_t begin = 0;
    size_t end = 0;
  };

  TextLines(std::unique_ptr<ByteSource> source, std::string head, const TextLinesOptions& options,
            Transcoder transcoder);
  bool FindBreak(Break& found);  // from searched_ on; moves searched_
  char32_t UnitAt(size_t i) const;
  Status Fill();
  void DropOverlong();

  std::unique_ptr<ByteSource> source_;
  TextLinesOptions options_;
  Transcoder transcoder_;
  size_t unit_;           // bytes of a line break's character
  std::string buffer_;    // of the source
  size_t begin_ = 0;      // of the unread part
  size_t searched_ = 0;   // no line break between begin_ and here
  uint64_t offset_ = 0;   // of the next line
  uint64_t dropped_ = 0;  // bytes of the present line that were passed over
  uint64_t number_ = 1;
  bool at_end_ = false;
};

}  // namespace yixin
