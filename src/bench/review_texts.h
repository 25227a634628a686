// Short Chinese reviews, all different, as many as asked for: what labels a second are measured on
// where nobody gave texts. About 45 tokens each with Qwen's vocabulary, the length of the reviews
// behind docs/performance.md. They mean little, and need not.
// Tested by: review_texts_test.cc
#pragma once

#include <string>
#include <vector>

namespace yixin {

// Out: the same texts for the same count; a longer list begins with a shorter one.
std::vector<std::string> MakeReviews(int count);

}  // namespace yixin
