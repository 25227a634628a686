// Tested by: token_choice_test.cc
#include "engine/token_choice.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace yixin {

TokenChoice::TokenChoice(std::vector<std::vector<int32_t>> strings) : strings_(std::move(strings)) {
  assert(!strings_.empty());
  assert(std::ranges::none_of(strings_, [](const auto& string) { return string.empty(); }));
}

void TokenChoice::Mask(std::span<float> logits) {
  std::vector<std::pair<size_t, float>> allowed;
  for (const auto& string : strings_) {
    const auto id = static_cast<size_t>(string[said_]);
    allowed.emplace_back(id, logits[id]);
  }
  std::ranges::fill(logits, -std::numeric_limits<float>::infinity());
  for (const auto& [id, logit] : allowed) logits[id] = logit;
}

void TokenChoice::Append(int32_t id) {
  std::erase_if(strings_, [&](const auto& string) { return string[said_] != id; });
  ++said_;
  assert(!strings_.empty());
  // What has been said whole stays only where nothing goes on from it.
  const auto whole = [&](const auto& string) { return string.size() == said_; };
  if (!std::ranges::all_of(strings_, whole)) std::erase_if(strings_, whole);
}

}  // namespace yixin
