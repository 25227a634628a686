// Tested by: added_tokens_test.cc
#include "tokenizer/added_tokens.h"

#include <algorithm>

#include "base/utf8.h"

namespace yixin {

AddedTokens::AddedTokens(const Vocabulary& vocabulary) {
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    if (!IsAddedType(vocabulary.TypeOf(id))) continue;
    entries_.push_back({std::string(vocabulary.BytesOf(id)), id});
    const std::string& literal = entries_.back().literal;
    if (!literal.empty()) is_first_byte_[static_cast<uint8_t>(literal[0])] = true;
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.literal < b.literal; });
}

bool AddedTokens::IsSound() const {
  const auto same = [](const Entry& a, const Entry& b) { return a.literal == b.literal; };
  return std::ranges::adjacent_find(entries_, same) == entries_.end() &&
         std::ranges::none_of(entries_, [](const Entry& entry) {
           return entry.literal.empty() || FindInvalidUtf8(entry.literal).has_value();
         });
}

std::optional<int32_t> AddedTokens::Find(std::string_view literal) const {
  const auto entry =
      std::lower_bound(entries_.begin(), entries_.end(), literal,
                       [](const Entry& a, std::string_view b) { return a.literal < b; });
  if (entry == entries_.end() || entry->literal != literal) return std::nullopt;
  return entry->id;
}

// Byte by byte, the range of literals that agree so far shrinks; one that ends is the first of it.
std::optional<AddedTokens::Match> AddedTokens::LongestAt(std::string_view text,
                                                         size_t begin) const {
  std::optional<Match> longest;
  auto low = entries_.begin();
  auto high = entries_.end();
  for (size_t length = 0;; ++length) {
    if (low != high && length > 0 && low->literal.size() == length) {
      longest = Match{begin, length, low->id};
      ++low;
    }
    if (low == high || begin + length == text.size()) return longest;
    const auto byte = static_cast<uint8_t>(text[begin + length]);
    const auto byte_of = [&](const Entry& entry) {
      return static_cast<uint8_t>(entry.literal[length]);
    };
    low = std::partition_point(low, high, [&](const Entry& e) { return byte_of(e) < byte; });
    high = std::partition_point(low, high, [&](const Entry& e) { return byte_of(e) == byte; });
  }
}

std::optional<AddedTokens::Match> AddedTokens::FindIn(std::string_view text, size_t start) const {
  for (size_t begin = start; begin < text.size(); ++begin) {
    if (!is_first_byte_[static_cast<uint8_t>(text[begin])]) continue;
    if (const std::optional<Match> match = LongestAt(text, begin)) return match;
  }
  return std::nullopt;
}

}  // namespace yixin
