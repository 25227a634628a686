// String -> id for the strings of a vocabulary, while it is being built: open addressing over
// views, nothing copied. A std::unordered_map of strings takes five times as long for 150,000
// tokens. Tested by: token_strings_test.cc
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace yixin {

class TokenStrings {
 public:
  // In: tokens.size() < 2^31; both live as long as this. Without filling.
  explicit TokenStrings(std::span<const std::string_view> tokens);

  // -1, or the id that has the same string already; then nothing changes.
  int32_t Insert(int32_t id);
  // The id, or -1.
  int32_t Find(std::string_view token) const;

 private:
  struct Slot {
    uint32_t hash = 0;
    int32_t id = -1;  // -1: free
  };
  size_t SlotOf(std::string_view token, uint32_t hash) const;

  std::span<const std::string_view> tokens_;
  std::vector<Slot> slots_;  // [power of two]
};

}  // namespace yixin
