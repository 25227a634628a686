// From logits to a token id. Order, the usual one: repetition penalty, presence and frequency
// penalties, temperature, top-k, top-p, min-p, then a draw. Candidates are ordered by logit
// descending, then id, so ties go to the lowest id; the draw comes from a counter-based generator
// keyed by (seed, position), so it depends on nothing but its place.
// Sources: repetition penalty as in CTRL (arXiv 1909.05858); top-p (arXiv 1904.09751);
// min-p (arXiv 2407.01082); Philox4x32-10 (Salmon et al., SC 2011).
// Tested by: sampler_test.cc
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "yixin/result.h"

namespace yixin {

struct SamplingOptions {
  float temperature = 0.7f;     // 0: greedy
  int top_k = 0;                // 0: all
  float top_p = 0.9f;           // 1: all
  float min_p = 0.0f;           // 0: all
  float repeat_penalty = 1.0f;  // 1: none; over `generated` only
  float presence_penalty = 0.0f;
  float frequency_penalty = 0.0f;
  uint64_t seed = 0;
};

// Errors: kInvalidArgument naming the field, for values that are not finite or out of range.
Status ValidateSamplingOptions(const SamplingOptions& options);

// Holds scratch for one stream. Threads: one at a time.
class Sampler {
 public:
  // `exempt`: ids that penalties do not touch (control tokens).
  Sampler(const SamplingOptions& options, std::vector<int32_t> exempt);

  // In: logits [vocabulary], changed in place; generated: the ids of this reply so far;
  // position: of the token to be drawn, in its sequence.
  // Out: an id; NaN is never drawn beside a finite logit. Cost: a pass over the vocabulary; no full
  // sort.
  int32_t Sample(std::span<float> logits, std::span<const int32_t> generated, uint64_t position);

 private:
  void Penalise(std::span<float> logits, std::span<const int32_t> generated);

  SamplingOptions options_;
  std::vector<int32_t> exempt_;      // sorted
  std::vector<int32_t> candidates_;  // ids, best first as far as they have been needed
  std::vector<int32_t> counted_;     // the reply's ids, sorted
};

// The ids of the `count` largest logits, the largest first, among equals the lower id; none is of
// a NaN, so there may be fewer. Cost: a pass over the vocabulary.
std::vector<int32_t> LargestIds(std::span<const float> logits, size_t count);

// The id of the largest logit, the lowest id among equals.
int32_t ArgMax(std::span<const float> logits);

}  // namespace yixin
