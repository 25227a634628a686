// Tested by: pretokenize_test.cc
#include "tokenizer/pretokenize.h"

#include <string>

#include "tokenizer/character_class.h"

namespace yixin {
namespace {

size_t SkipClass(std::string_view text, size_t offset, CharacterClass kind) {
  for (;;) {
    const Character next = CharacterAt(text, offset);
    if (next.kind != kind) return offset;
    offset += next.length;
  }
}

// Bytes of a letter that `lower` matches: itself, and with `any_case` its capital and U+017F for s,
// the one character outside ASCII whose case folding is one of the letters in question.
size_t MatchLetter(std::string_view text, size_t offset, char lower, bool any_case) {
  if (offset >= text.size()) return 0;
  const char c = text[offset];
  if (c == lower || (any_case && c == lower - 'a' + 'A')) return 1;
  if (any_case && lower == 's' && text.substr(offset, 2) == "\u017f") return 2;
  return 0;
}

// The end of 's 't 're 've 'm 'll 'd at `start`, or 0 when there is none.
size_t ContractionEnd(std::string_view text, size_t start, bool any_case) {
  if (text[start] != '\'') return 0;
  for (const std::string_view ending : {"s", "t", "re", "ve", "m", "ll", "d"}) {
    size_t offset = start + 1;
    bool matches = true;
    for (const char letter : ending) {
      const size_t length = MatchLetter(text, offset, letter, any_case);
      matches = matches && length != 0;
      offset += length;
    }
    if (matches) return offset;
  }
  return 0;
}

struct WhiteSpaceRun {
  size_t end;          // after the run
  size_t last;         // where its last character begins
  size_t newline_end;  // after its last \r or \n; 0 when there is none
};

WhiteSpaceRun ScanWhiteSpace(std::string_view text, size_t start) {
  WhiteSpaceRun run{start, start, 0};
  for (;;) {
    const Character next = CharacterAt(text, run.end);
    if (next.kind != CharacterClass::kSpace && next.kind != CharacterClass::kNewline) return run;
    run.last = run.end;
    run.end += next.length;
    if (next.kind == CharacterClass::kNewline) run.newline_end = run.end;
  }
}

// \s+(?!\S)|\s+ : a run leaves its last character to the word that follows, unless it has only one.
size_t WhiteSpaceEnd(std::string_view text, size_t start, const WhiteSpaceRun& run) {
  return run.end == text.size() || run.last == start ? run.end : run.last;
}

constexpr Pretokenizer kPretokenizers[] = {
    {"qwen2", /*normalize_nfc=*/true, Qwen2PieceEnd},
    // SmolLM2's own tokenizer.json cuts numbers one by one before this. The reference that the
    // golden data comes from reads the GGUF file and does not. The vocabulary has no token that
    // spans two numbers, so ids differ only where white space stands before one ("x    6": 3
    // spaces, 1, 6).
    {"smollm", /*normalize_nfc=*/false, Gpt2PieceEnd},
    // What a tokenizer.json may say; GGUF files do not use these names with other meanings.
    {"gpt-2", /*normalize_nfc=*/false, Gpt2PieceEnd},
    {"gpt-2-digits", /*normalize_nfc=*/false, Gpt2DigitsPieceEnd},
};

}  // namespace

// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*
// |\s*[\r\n]+|\s+(?!\S)|\s+
size_t Qwen2PieceEnd(std::string_view text, size_t start) {
  if (const size_t end = ContractionEnd(text, start, /*any_case=*/true)) return end;
  const Character first = CharacterAt(text, start);
  const size_t after_first = start + first.length;
  if (first.kind == CharacterClass::kNumber) return after_first;
  const Character second = CharacterAt(text, after_first);
  if (first.kind == CharacterClass::kLetter ||
      (first.kind != CharacterClass::kNewline && second.kind == CharacterClass::kLetter)) {
    return SkipClass(text, after_first, CharacterClass::kLetter);
  }
  if (first.kind == CharacterClass::kOther ||
      (text[start] == ' ' && second.kind == CharacterClass::kOther)) {
    const size_t end = SkipClass(text, after_first, CharacterClass::kOther);
    return SkipClass(text, end, CharacterClass::kNewline);
  }
  const WhiteSpaceRun run = ScanWhiteSpace(text, start);
  return run.newline_end != 0 ? run.newline_end : WhiteSpaceEnd(text, start, run);
}

// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
size_t Gpt2PieceEnd(std::string_view text, size_t start) {
  if (const size_t end = ContractionEnd(text, start, /*any_case=*/false)) return end;
  const size_t body = text[start] == ' ' ? start + 1 : start;
  const CharacterClass kind = CharacterAt(text, body).kind;
  if (kind == CharacterClass::kLetter || kind == CharacterClass::kNumber ||
      kind == CharacterClass::kOther) {
    return SkipClass(text, body, kind);
  }
  return WhiteSpaceEnd(text, start, ScanWhiteSpace(text, start));
}

// Where a number ends GPT-2's text, white space before it has no word to leave a space to.
size_t Gpt2DigitsPieceEnd(std::string_view text, size_t start) {
  const Character first = CharacterAt(text, start);
  if (first.kind == CharacterClass::kNumber) return start + first.length;
  if (first.kind == CharacterClass::kSpace || first.kind == CharacterClass::kNewline) {
    const WhiteSpaceRun run = ScanWhiteSpace(text, start);
    if (CharacterAt(text, run.end).kind == CharacterClass::kNumber) return run.end;
  }
  return Gpt2PieceEnd(text, start);
}

Result<const Pretokenizer*> FindPretokenizer(std::string_view pre) {
  std::string names;
  for (const Pretokenizer& pretokenizer : kPretokenizers) {
    if (pretokenizer.name == pre) return &pretokenizer;
    names += names.empty() ? "" : ", ";
    names += pretokenizer.name;
  }
  return Error{ErrorCode::kUnsupported,
               "the vocabulary wants the pre-tokenizer \"" + std::string(pre) +
                   "\"; yixin has: " + names + "; use a model with one of these",
               "tokenizer.ggml.pre"};
}

}  // namespace yixin
