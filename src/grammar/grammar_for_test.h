// What this room's tests ask of a grammar. Not part of the program.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/grammar_matcher.h"

namespace yixin {

// Whether the text is in the grammar, whole.
inline bool Matches(GrammarMatcher& matcher, std::string_view text) {
  GrammarMatcher::State state = matcher.start();
  for (const char byte : text) {
    state = matcher.Step(state, static_cast<uint8_t>(byte));
    if (state == GrammarMatcher::kDead) return false;
  }
  return matcher.may_end(state);
}

// A text of the grammar, drawn byte by byte; empty where it has not ended after `most` bytes.
inline std::string Draw(GrammarMatcher& matcher, uint64_t seed, size_t most) {
  std::mt19937_64 random(seed);
  std::string text;
  GrammarMatcher::State state = matcher.start();
  while (text.size() < most) {
    if (matcher.must_end(state) || (matcher.may_end(state) && random() % 4 == 0)) return text;
    std::vector<uint8_t> possible;
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (matcher.Step(state, static_cast<uint8_t>(byte)) == GrammarMatcher::kDead) continue;
      // What closes is likelier, or nothing would end.
      const bool closes = byte == '"' || byte == ']' || byte == '}';
      possible.insert(possible.end(), closes ? 20 : 1, static_cast<uint8_t>(byte));
    }
    const uint8_t byte = possible[random() % possible.size()];
    text += static_cast<char>(byte);
    state = matcher.Step(state, byte);
    matcher.Shrink(&state);
  }
  return "";
}

}  // namespace yixin
