// Texts as token ids, and small questions about those: where they may be cut, and whether a text
// says anything.
// Tested by: token_text_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer.h"
#include "yixin/result.h"

namespace yixin {

// What is kept of a text that is too long: its head, its tail, or both ends.
enum class Keep { kError, kHead, kTail, kMiddle };

// A text's ids, or why it has none: kInvalidText where it is not UTF-8 (with the position), empty
// or blank.
using TextIds = Result<std::vector<int32_t>>;

// Made once for however many tasks read the same texts: what a task adds stands around them.
std::vector<TextIds> EncodeTexts(const Tokenizer& tokenizer, std::span<const std::string> texts);

// Cuts `ids` to at most `limit`, between characters: bytes of a character that lost its other half
// go too. In: ids of whole characters. Errors: kInvalidText where `keep` is kError.
Status CutTokens(const Tokenizer& tokenizer, size_t limit, Keep keep, std::vector<int32_t>& ids);

// How many of `ids` are left when an unfinished character at the end is taken off.
size_t WholeCharacterLength(const Tokenizer& tokenizer, std::span<const int32_t> ids);

// Nothing but White_Space (Unicode). In: valid UTF-8.
bool IsBlank(std::string_view text);

}  // namespace yixin
