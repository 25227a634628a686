// Tested by: text_score_test.cc
#include "tasks/text_score.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/sampler.h"
#include "tasks/logit_rows.h"

namespace yixin {
namespace {

// Positions whose hidden states are kept until their logits are made.
constexpr size_t kPrefillTokens = 256;

// KL(reference || model) over the reference's ids and all the rest as one event.
double Divergence(const ReferenceRow& row, std::span<const float> logits, double log_sum) {
  double kl = 0;
  double reference_rest = 1;
  double model_rest = 1;
  for (size_t i = 0; i < row.ids.size(); ++i) {
    const double p = std::exp(row.log_probs[i]);
    const double log_q = static_cast<double>(logits[static_cast<size_t>(row.ids[i])]) - log_sum;
    kl += p * (row.log_probs[i] - log_q);
    reference_rest -= p;
    model_rest -= std::exp(log_q);
  }
  // Logged probabilities are rounded; a rest below their precision is none.
  constexpr double kNoRest = 1e-9;
  if (reference_rest > kNoRest) {
    kl += reference_rest * std::log(reference_rest / std::max(model_rest, kNoRest));
  }
  return kl;
}

}  // namespace

Result<TextScore> ScoreText(Engine& engine, std::span<const int32_t> ids,
                            std::span<const ReferenceRow> rows, int context, bool one_by_one,
                            const StopFlag* stop) {
  if (ids.size() < 2) {
    return Error{ErrorCode::kInvalidText,
                 "a text to score needs two tokens or more, got " + std::to_string(ids.size()),
                 "text"};
  }
  const auto window = static_cast<size_t>(std::max(context, 2));
  const size_t step_tokens = one_by_one ? 1 : kPrefillTokens;
  TextScore score;
  double nll = 0;
  double kl = 0;
  int rows_seen = 0;
  int agreed = 0;
  KvSequence sequence = engine.NewSequence();
  auto next_row = rows.begin();
  for (size_t begin = 0; begin < ids.size();) {
    if (stop != nullptr && stop->requested()) {
      return Error{ErrorCode::kCancelled, "stopped on request", ""};
    }
    const size_t in_window = begin % window;
    if (in_window == 0) sequence.Truncate(0);
    const size_t count = std::min({step_tokens, ids.size() - begin, window - in_window});
    const Step step{&sequence, ids.subspan(begin, count), 0};
    YIXIN_TRY(const std::vector<float> hidden, engine.Forward({&step, 1}, stop));
    YIXIN_CHECK_OK(ForEachLogitRow(engine, hidden, [&](size_t i, std::span<const float> logits) {
      const size_t position = begin + i;
      const double log_sum = engine.LogSumExp(logits);
      // The window's last token predicts the next window's first, which no token may use.
      if (position + 1 < ids.size() && (position + 1) % window != 0) {
        nll += log_sum - static_cast<double>(logits[static_cast<size_t>(ids[position + 1])]);
        ++score.tokens;
      }
      while (next_row != rows.end() && next_row->position < position) ++next_row;
      if (next_row == rows.end() || next_row->position != position) return;
      kl += Divergence(*next_row, logits, log_sum);
      agreed += !next_row->ids.empty() && ArgMax(logits) == next_row->ids.front() ? 1 : 0;
      ++rows_seen;
    }));
    begin += count;
  }
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  score.mean_nll = nll / score.tokens;
  score.mean_kl = rows_seen > 0 ? kl / rows_seen : kNone;
  score.top1_agreement = rows_seen > 0 ? static_cast<double>(agreed) / rows_seen : kNone;
  return score;
}

}  // namespace yixin
