// Golden logits of a text, made with the reference stack: the `text` part of
// tests/golden/logits-*.json. Tested by: golden_json_test.cc
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tasks/text_score.h"
#include "yixin/result.h"

namespace yixin {

struct GoldenText {
  std::vector<int32_t> ids;
  double mean_nll = 0;
  std::vector<ReferenceRow> rows;  // by rising position
};

// In: the file's contents; vocabulary: ids are below it.
// Errors: kInvalidFile with the place in the JSON.
Result<GoldenText> ParseGoldenText(std::string_view json, int vocabulary);

}  // namespace yixin
