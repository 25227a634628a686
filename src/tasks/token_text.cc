// Tested by: token_text_test.cc
#include "tasks/token_text.h"

#include <string>
#include <utility>

#include "base/utf8.h"
#include "tokenizer/character_class.h"

namespace yixin {
namespace {

bool BeginsInsideACharacter(std::string_view bytes) {
  return !bytes.empty() && (static_cast<unsigned char>(bytes[0]) & 0xC0) == 0x80;
}

// The first of the last `count` ids that begins a character.
size_t TailBegin(const Tokenizer& tokenizer, std::span<const int32_t> ids, size_t count) {
  size_t begin = ids.size() - count;
  while (begin < ids.size() && BeginsInsideACharacter(tokenizer.TokenBytes(ids[begin]))) ++begin;
  return begin;
}

}  // namespace

std::vector<TextIds> EncodeTexts(const Tokenizer& tokenizer, std::span<const std::string> texts) {
  std::vector<TextIds> all;
  all.reserve(texts.size());
  for (const std::string& text : texts) {
    // The tokenizer checks the bytes, so it comes before the question whether they are blank.
    TextIds ids = tokenizer.EncodeText(text);
    if (ids && IsBlank(text)) ids = Error{ErrorCode::kInvalidText, "empty input", "text"};
    all.push_back(std::move(ids));
  }
  return all;
}

size_t WholeCharacterLength(const Tokenizer& tokenizer, std::span<const int32_t> ids) {
  size_t length = ids.size();
  while (length > 0) {
    // A character has four bytes at most, so four tokens at most.
    std::string tail;
    for (size_t i = length; i > 0 && length - i < 4; --i) {
      tail.insert(0, tokenizer.TokenBytes(ids[i - 1]));
      if (!BeginsInsideACharacter(tail)) break;
    }
    const size_t open = IncompleteUtf8TailLength(tail);
    if (open == 0) break;
    // A token that ends one character and begins the next goes whole, and leaves the first open.
    for (size_t removed = 0; removed < open && length > 0;) {
      removed += tokenizer.TokenBytes(ids[--length]).size();
    }
  }
  return length;
}

Status CutTokens(const Tokenizer& tokenizer, size_t limit, Keep keep, std::vector<int32_t>& ids) {
  if (ids.size() <= limit) return {};
  if (keep == Keep::kError) {
    return Error{ErrorCode::kInvalidText,
                 "the text is too long: it has " + std::to_string(ids.size()) +
                     " tokens and the context leaves room for " + std::to_string(limit) +
                     "; shorten it, or have it truncated (head, tail or middle)",
                 "text"};
  }
  const size_t head = keep == Keep::kHead ? limit : keep == Keep::kTail ? 0 : (limit + 1) / 2;
  const size_t tail_begin = TailBegin(tokenizer, ids, limit - head);
  const size_t head_end = WholeCharacterLength(tokenizer, std::span(ids).first(head));
  ids.erase(ids.begin() + static_cast<ptrdiff_t>(head_end),
            ids.begin() + static_cast<ptrdiff_t>(tail_begin));
  return {};
}

bool IsBlank(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const Character character = CharacterAt(text, i);
    if (character.kind != CharacterClass::kSpace && character.kind != CharacterClass::kNewline) {
      return false;
    }
    i += character.length;
  }
  return true;
}

}  // namespace yixin
