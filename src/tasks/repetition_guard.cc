// Tested by: repetition_guard_test.cc
#include "tasks/repetition_guard.h"

#include <algorithm>

#include "base/utf8.h"
#include "tokenizer/character_class.h"

namespace yixin {
namespace {

// A sentence ends at one of these, or at a line break. The ASCII stop ends one only in front of
// white space (3.14, a.b), which comes with the next character.
bool EndsSentence(char32_t c) {
  constexpr std::u32string_view kEnds = U"。！？!?；;…";
  return kEnds.find(c) != std::u32string_view::npos;
}

bool IsSpace(std::string_view text, size_t offset) {
  const CharacterClass kind = CharacterAt(text, offset).kind;
  return kind == CharacterClass::kSpace || kind == CharacterClass::kNewline;
}

// Without the white space in front. Sentences end with what ends them, so nothing is behind.
std::string_view Trimmed(std::string_view text) {
  size_t begin = 0;
  while (begin < text.size() && IsSpace(text, begin)) begin += CharacterAt(text, begin).length;
  return text.substr(begin);
}

// "……" and "1." say nothing that could be repeated: a sentence has a letter.
bool SaysSomething(std::string_view sentence) {
  for (size_t i = 0; i < sentence.size();) {
    const Character character = CharacterAt(sentence, i);
    if (character.kind == CharacterClass::kLetter) return true;
    i += character.length;
  }
  return false;
}

}  // namespace

bool RepetitionGuard::MayBecomeRepetition() const {
  const std::string_view begun = Trimmed(sentence_);
  for (auto it = said_.lower_bound(begun); it != said_.end() && it->first.starts_with(begun);
       ++it) {
    if (it->second >= times_ - 1) return true;
  }
  return false;
}

std::string RepetitionGuard::Append(std::string_view piece) {
  if (times_ == 0) return std::string(piece);
  std::string shown;
  for (size_t i = 0; i < piece.size() && !repeats_;) {
    const DecodedCodePoint decoded = DecodeUtf8(piece, i);
    const std::string_view character = piece.substr(i, std::max(decoded.length, 1u));
    const bool after_stop = sentence_.ends_with('.') && IsSpace(piece, i);
    const bool line_break = character == "\n";
    i += character.size();
    if (!after_stop && !line_break) sentence_ += character;
    if (after_stop || line_break || EndsSentence(decoded.code_point)) {
      const std::string_view sentence = Trimmed(sentence_);
      if (SaysSomething(sentence)) {
        auto entry = said_.find(sentence);
        if (entry == said_.end()) entry = said_.emplace(sentence, 0).first;
        repeats_ = ++entry->second >= times_;
      }
      if (repeats_) break;
      shown.append(sentence_, shown_);
      sentence_.clear();
      shown_ = 0;
      // The white space belongs to the next sentence, where it is trimmed.
      if (after_stop || line_break) sentence_ = character;
    }
    if (!MayBecomeRepetition()) {
      shown.append(sentence_, shown_);
      shown_ = sentence_.size();
    }
  }
  return shown;
}

std::string RepetitionGuard::Flush() {
  if (times_ > 0 && sentence_.ends_with('.')) {
    const auto entry = said_.find(Trimmed(sentence_));
    repeats_ = repeats_ || (entry != said_.end() && entry->second >= times_ - 1);
  }
  if (repeats_) return "";
  std::string rest = sentence_.substr(shown_);
  shown_ = sentence_.size();
  return rest;
}

}  // namespace yixin
