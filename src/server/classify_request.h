// POST /v1/classify: the body to a validated request, and results to vLLM's answer
// (docs.vllm.ai, "Classification API").
// Tested by: classify_request_test.cc
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

struct ClassifyRequest {
  std::vector<std::string> texts;
  ClassifyOptions options;
};

// A task is named, never a path. Errors: kInvalidText, kInvalidArgument with the field; kNotFound
// for a model or task that is not offered.
Result<ClassifyRequest> ParseClassifyRequest(std::string_view text, const ServedModels& served,
                                             const ServerLimits& limits);

// All or nothing: the first text with an error is the answer's error, with its index.
Result<std::string> ClassifyAnswer(std::string_view request_id, int64_t time_s,
                                   const std::string& model,
                                   std::span<const Result<Classification>> results);

}  // namespace yixin
