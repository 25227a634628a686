// POST /predict: the body to a validated request, and results to the answer, in the shape of
// text-embeddings-inference (huggingface.github.io/text-embeddings-inference, "predict").
// Tested by: predict_request_test.cc, tests/fuzz/http_body_fuzz.cc
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/limits.h"
#include "server/served_models.h"
#include "yixin/result.h"
#include "yixin/task.h"

namespace yixin {

struct PredictRequest {
  std::vector<std::string> texts;
  bool is_batch = false;    // a list of lists: it is answered by one, whatever its length
  bool raw_scores = false;  // logarithms instead of probabilities
  ClassifyOptions options;
};

// By the server's own label task. Errors: kInvalidText, kInvalidArgument with the field.
Result<PredictRequest> ParsePredictRequest(std::string_view text, const ServedModels& served,
                                           const ServerLimits& limits);

// [{"score", "label"}], the highest score first, or a list of such lists. All or nothing: the first
// text with an error is the answer's error.
Result<std::string> PredictAnswer(const PredictRequest& request,
                                  std::span<const Result<Classification>> results);

}  // namespace yixin
