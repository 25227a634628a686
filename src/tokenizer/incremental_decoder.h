// Token ids in, whole UTF-8 characters out, as a reply is made: never half a character. Everything
// that came out, joined, is what Tokenizer::Decode makes of all ids at once.
// Tested by: incremental_decoder_test.cc
#pragma once

#include <cstdint>
#include <string>

#include "tokenizer/tokenizer.h"

namespace yixin {

// Threads: one at a time.
class IncrementalDecoder {
 public:
  // In: skip_special as for Tokenizer::Decode.
  IncrementalDecoder(Tokenizer tokenizer, bool skip_special);

  // The text that `id` completes; empty while a character is still open. A byte becomes U+FFFD as
  // soon as nothing that follows could make it valid.
  std::string Append(int32_t id);

  // What is still open, as U+FFFD; the decoder is as new afterwards.
  std::string Flush();

 private:
  Tokenizer tokenizer_;
  bool skip_special_;
  std::string open_;  // the valid beginning of one character, at most 3 bytes
};

}  // namespace yixin
