// Finds added tokens (<|im_end|>, <tool_call>) in a text: the leftmost first, of those that begin
// at one place the longest. Tested by: added_tokens_test.cc
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer_spec.h"
#include "tokenizer/vocabulary.h"

namespace yixin {

// The types that count as added: everything that is neither a normal token nor a filler.
constexpr bool IsAddedType(TokenType type) {
  return type == TokenType::kControl || type == TokenType::kUserDefined ||
         type == TokenType::kUnknown;
}

class AddedTokens {
 public:
  explicit AddedTokens(const Vocabulary& vocabulary);

  // Whether each literal is there once, is not empty and is whole characters, as Create sees to.
  bool IsSound() const;

  std::optional<int32_t> Find(std::string_view literal) const;

  struct Match {
    size_t begin = 0;  // bytes
    size_t length = 0;
    int32_t id = -1;
    bool operator==(const Match&) const = default;
  };
  // The first match at or after `start`. Cost: linear in what is passed over, times the longest
  // start of a literal that the text repeats.
  std::optional<Match> FindIn(std::string_view text, size_t start) const;

 private:
  std::optional<Match> LongestAt(std::string_view text, size_t begin) const;

  struct Entry {
    std::string literal;
    int32_t id;
  };
  std::vector<Entry> entries_;             // by literal
  std::array<bool, 256> is_first_byte_{};  // of any literal
};

}  // namespace yixin
