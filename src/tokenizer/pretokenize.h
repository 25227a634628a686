// Cuts a text into the pieces inside which BPE merges. Each vocabulary was trained with a regular
// expression; here it is a hand-made scanner over characters that matches what the expression
// matches, in linear time and constant stack (a backtracking engine overflows on long texts).
// Tested by: pretokenize_test.cc, tests/golden/tokenizer_golden_test.cc
#pragma once

#include <cstddef>
#include <string_view>

#include "yixin/result.h"

namespace yixin {

// In: valid UTF-8, start < text.size() and at the end of the piece before. Out: the end of the
// piece that begins at `start`, always greater than `start`. Cost: linear in the piece; a piece
// looks at most one run of white space ahead.
using PieceEndFunction = size_t (*)(std::string_view text, size_t start);

size_t Qwen2PieceEnd(std::string_view text, size_t start);
size_t Gpt2PieceEnd(std::string_view text, size_t start);
// Every number a piece of its own first, then GPT-2's rules between them (SmolLM2's
// tokenizer.json).
size_t Gpt2DigitsPieceEnd(std::string_view text, size_t start);

// What a vocabulary does to a text before BPE.
struct Pretokenizer {
  std::string_view name;  // as in tokenizer.ggml.pre
  bool normalize_nfc;     // the file does not say; the official tokenizer does it
  PieceEndFunction piece_end;
};

// Errors: kUnsupported, naming `pre` and the supported ones. Out: lives for ever.
Result<const Pretokenizer*> FindPretokenizer(std::string_view pre);

}  // namespace yixin
