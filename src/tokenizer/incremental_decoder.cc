// Tested by: incremental_decoder_test.cc
#include "tokenizer/incremental_decoder.h"

#include "base/utf8.h"

namespace yixin {

IncrementalDecoder::IncrementalDecoder(Tokenizer tokenizer, bool skip_special)
    : tokenizer_(std::move(tokenizer)), skip_special_(skip_special) {}

std::string IncrementalDecoder::Append(int32_t id) {
  if (skip_special_ && tokenizer_.IsControl(id)) return "";
  open_ += tokenizer_.TokenBytes(id);
  const size_t complete = open_.size() - IncompleteUtf8TailLength(open_);
  std::string text = ReplaceInvalidUtf8(std::string_view(open_).substr(0, complete));
  open_.erase(0, complete);
  return text;
}

std::string IncrementalDecoder::Flush() {
  std::string text = ReplaceInvalidUtf8(open_);
  open_.clear();
  return text;
}

}  // namespace yixin
