// Tested by: text_lines_test.cc
#include "table/text_lines.h"

#include <algorithm>
#include <utility>

namespace yixin {
namespace {

constexpr size_t kReadBytes = size_t{64} << 10;  // a pipe's usual capacity

size_t UnitBytes(TextEncoding encoding) {
  return encoding == TextEncoding::kUtf16Le || encoding == TextEncoding::kUtf16Be ? 2 : 1;
}

// In: i + UnitBytes <= bytes.size().
char32_t UnitOf(std::string_view bytes, size_t i, TextEncoding encoding) {
  const auto at = [&](size_t k) { return static_cast<char32_t>(static_cast<uint8_t>(bytes[k])); };
  if (encoding == TextEncoding::kUtf16Le) return at(i) | at(i + 1) << 8;
  if (encoding == TextEncoding::kUtf16Be) return at(i) << 8 | at(i + 1);
  return at(i);
}

}  // namespace

LineBreak DetectLineBreak(std::string_view bytes, TextEncoding encoding) {
  const size_t unit = UnitBytes(encoding);
  bool has_return = false;
  for (size_t i = 0; i + unit <= bytes.size(); i += unit) {
    const char32_t c = UnitOf(bytes, i, encoding);
    if (c == '\n') return LineBreak::kLineFeed;
    // One at the very end may be half of a CR LF.
    if (c == '\r' && i + 2 * unit <= bytes.size()) has_return = true;
  }
  return has_return ? LineBreak::kAny : LineBreak::kLineFeed;
}

Result<TextLines> TextLines::Create(std::unique_ptr<ByteSource> source, std::string head,
                                    const TextLinesOptions& options) {
  YIXIN_TRY(Transcoder transcoder, Transcoder::ToUtf8(options.encoding));
  return TextLines(std::move(source), std::move(head), options, std::move(transcoder));
}

TextLines::TextLines(std::unique_ptr<ByteSource> source, std::string head,
                     const TextLinesOptions& options, Transcoder transcoder)
    : source_(std::move(source)),
      options_(options),
      transcoder_(std::move(transcoder)),
      unit_(UnitBytes(options.encoding)),
      buffer_(std::move(head)),
      begin_(MarkBytes(buffer_, options.encoding)),
      searched_(begin_),
      offset_(begin_) {}

char32_t TextLines::UnitAt(size_t i) const { return UnitOf(buffer_, i, options_.encoding); }

bool TextLines::FindBreak(Break& found) {
  const bool any = options_.line_break == LineBreak::kAny;
  for (; searched_ + unit_ <= buffer_.size(); searched_ += unit_) {
    if (unit_ == 1 && !any) {  // the usual case: to the next LF at once
      searched_ = std::min(buffer_.find('\n', searched_), buffer_.size());
      if (searched_ == buffer_.size()) break;
    }
    const char32_t c = UnitAt(searched_);
    if (c == '\n') {
      const bool after_return = searched_ >= begin_ + unit_ && UnitAt(searched_ - unit_) == '\r';
      found = {searched_ - (after_return ? unit_ : 0), searched_ + unit_};
      return true;
    }
    if (c == '\r' && any) {
      const size_t next = searched_ + unit_;
      if (next + unit_ > buffer_.size() && !at_end_) return false;  // CR LF, or CR alone?
      const bool before_feed = next + unit_ <= buffer_.size() && UnitAt(next) == '\n';
      found = {searched_, next + (before_feed ? unit_ : 0)};
      return true;
    }
  }
  return false;
}

void TextLines::DropOverlong() {
  // One character more may be the CR of a CR LF. It stays when the rest is dropped.
  if (searched_ - begin_ <= options_.max_line_bytes + unit_) return;
  const size_t drop = searched_ - unit_ - begin_;
  buffer_.erase(0, begin_ + drop);
  dropped_ += drop;
  searched_ -= begin_ + drop;
  begin_ = 0;
}

Status TextLines::Fill() {
  buffer_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  const size_t size = buffer_.size();
  buffer_.resize(size + kReadBytes);
  Result<size_t> got = source_->Read({buffer_.data() + size, kReadBytes});
  buffer_.resize(size + (got ? *got : 0));
  if (!got) return std::move(got).error();
  at_end_ = *got == 0;
  return {};
}

Result<bool> TextLines::Next(TextLine& line) {
  Break found;
  while (!FindBreak(found)) {
    DropOverlong();
    if (at_end_) {
      if (begin_ == buffer_.size() && dropped_ == 0) return false;
      // The last line has no break, but for a CR whose LF is missing.
      const size_t size = buffer_.size();
      const bool ends_in_return =
          size >= begin_ + unit_ && (size - begin_) % unit_ == 0 && UnitAt(size - unit_) == '\r';
      found = {size - (ends_in_return ? unit_ : 0), size};
      break;
    }
    YIXIN_CHECK_OK(Fill());
  }

  line.text.clear();
  line.length = 0;
  line.offset = offset_;
  line.number = number_;
  line.has_valid = true;
  const uint64_t content = dropped_ + (found.begin - begin_);
  line.is_too_long = content > options_.max_line_bytes;
  if (!line.is_too_long) {
    const std::string_view bytes(buffer_);
    line.has_valid = transcoder_.Append(bytes.substr(begin_, found.begin - begin_), line.text);
    line.length = line.text.size();
    transcoder_.Append(bytes.substr(found.begin, found.end - found.begin), line.text);
  }
  offset_ += dropped_ + (found.end - begin_);
  ++number_;
  dropped_ = 0;
  begin_ = searched_ = found.end;
  return true;
}

Status TextLines::SkipTo(uint64_t offset, uint64_t number) {
  if (offset < offset_) {
    return Error{ErrorCode::kInvalidArgument,
                 "cannot go back to byte " + std::to_string(offset) + " of the input from " +
                     std::to_string(offset_),
                 "offset"};
  }
  const size_t buffered = buffer_.size() - begin_;
  const uint64_t ahead = offset - offset_;
  if (ahead > buffered) YIXIN_CHECK_OK(source_->Skip(ahead - buffered));
  begin_ += static_cast<size_t>(std::min<uint64_t>(ahead, buffered));
  searched_ = begin_;
  offset_ = offset;
  number_ = number;
  return {};
}

}  // namespace yixin
