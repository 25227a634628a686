// How well a model predicts a text, and how far its distribution is from a reference's: the measure
// of whether the arithmetic holds. Tested by: text_score_test.cc, tests/golden
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

// A reference's likeliest ids behind position `position`: of the token at position + 1.
struct ReferenceRow {
  size_t position = 0;
  std::vector<int32_t> ids;       // likeliest first
  std::vector<double> log_probs;  // natural
};

struct TextScore {
  int tokens = 0;       // that were predicted
  double mean_nll = 0;  // nats
  double mean_kl = 0;   // KL(reference || model), over the ids and the rest together; NaN: none
  double top1_agreement = 0;  // share of the rows with the same likeliest id; NaN: no rows
};

// Each token but the first is predicted from those before it, in windows of at most `context`
// tokens. one_by_one: a token a pass, as decoding does; the bits are the same.
// In: ids of the vocabulary; rows by rising position. Errors: kInvalidText for fewer than two ids.
Result<TextScore> ScoreText(Engine& engine, std::span<const int32_t> ids,
                            std::span<const ReferenceRow> rows, int context, bool one_by_one,
                            const StopFlag* stop = nullptr);

}  // namespace yixin
