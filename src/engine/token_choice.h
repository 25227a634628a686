// A reply that must be one of some strings of ids: which id may come next. Strings that close with
// the template's end token let the model choose between one and another that it begins.
// Tested by: token_choice_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace yixin {

class TokenChoice {
 public:
  // In: strings, none empty. No strings: everything may come.
  explicit TokenChoice(std::vector<std::vector<int32_t>> strings);

  bool restricts() const { return !strings_.empty(); }
  // Sets the logits of all other ids to minus infinity. In: !complete(); logits [vocabulary].
  void Mask(std::span<float> logits) const;
  // In: an id that Mask has left.
  void Append(int32_t id);
  // One of the strings has been said, and no other goes on from it.
  bool complete() const;

 private:
  std::vector<std::vector<int32_t>> strings_;  // that may still come
  size_t said_ = 0;
};

}  // namespace yixin
