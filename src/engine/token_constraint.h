// What a stream may say: which id may come next, after those that have come.
#pragma once

#include <cstdint>
#include <span>

namespace yixin {

// Threads: one at a time. They may throw std::bad_alloc.
class TokenConstraint {
 public:
  virtual ~TokenConstraint() = default;
  // Sets the logits of all ids that may not come to minus infinity. In: !complete(); logits
  // [vocabulary].
  virtual void Mask(std::span<float> logits) = 0;
  // In: an id that Mask has left.
  virtual void Append(int32_t id) = 0;
  // Nothing may follow.
  virtual bool complete() const = 0;
};

}  // namespace yixin
