// A reply that must be one of some strings of ids: which id may come next. Strings that close with
// the template's end token let the model choose between one and another that it begins.
// Tested by: token_choice_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/token_constraint.h"

namespace yixin {

class TokenChoice : public TokenConstraint {
 public:
  // In: strings, at least one, none empty.
  explicit TokenChoice(std::vector<std::vector<int32_t>> strings);

  void Mask(std::span<float> logits) override;
  void Append(int32_t id) override;
  // One of the strings has been said, and no other goes on from it.
  bool complete() const override { return strings_.front().size() == said_; }

 private:
  std::vector<std::vector<int32_t>> strings_;  // that may still come
  size_t said_ = 0;
};

}  // namespace yixin
