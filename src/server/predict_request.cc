// Tested by: predict_request_test.cc
#include "server/predict_request.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/classification_json.h"
#include "server/json_body.h"
#include "server/json_text.h"
#include "server/openai_writer.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;
using Scores = std::vector<std::pair<std::string, double>>;

// A list of one text; TEI takes two as a pair, such as a question and what may answer it.
Result<std::string> ReadOne(const nlohmann::json& list, const std::string& place) {
  if (!list.is_array() || list.empty() || list.size() > 2) {
    return BadField(place + ": expected a list of one string", place);
  }
  for (const auto& text : list) {
    if (!text.is_string()) return BadField(place + ": expected a string", place);
  }
  if (list.size() == 2) {
    return BadField(
        place +
            ": two strings are a pair in this API, and this model reads one text at a time; "
            "a batch is [[\"...\"], [\"...\"]]",
        place);
  }
  return list[0].get<std::string>();
}

Status ReadInputs(const nlohmann::json& body, const ServerLimits& limits, PredictRequest* request) {
  constexpr const char* kExpected =
      ": expected a string, a list of one, or a batch of such lists: [[\"...\"], [\"...\"]]";
  const nlohmann::json* const inputs = FindField(body, "inputs");
  if (inputs == nullptr) {
    return BadField(std::string("inputs is missing") + kExpected, "inputs");
  }
  if (inputs->is_string()) {
    request->texts.push_back(inputs->get<std::string>());
    return {};
  }
  if (!inputs->is_array() || inputs->empty()) {
    return BadField(std::string("inputs") + kExpected, "inputs");
  }
  request->is_batch = inputs->front().is_array();
  if (!request->is_batch) {
    YIXIN_TRY(auto text, ReadOne(*inputs, "inputs"));
    request->texts.push_back(std::move(text));
    return {};
  }
  if (inputs->size() > limits.texts) {
    return BadField("inputs: " + std::to_string(inputs->size()) + " texts, expected at most " +
                        std::to_string(limits.texts),
                    "inputs");
  }
  for (const auto& entry : *inputs) {
    const std::string place = "inputs[" + std::to_string(request->texts.size()) + "]";
    YIXIN_TRY(auto text, ReadOne(entry, place));
    request->texts.push_back(std::move(text));
  }
  return {};
}

// The side that is cut, where TEI's answer would be an error without.
Result<Truncation> ReadTruncation(const nlohmann::json& body) {
  YIXIN_TRY(const auto truncate, FlagField(body, "truncate"));
  YIXIN_TRY(const auto side, TextField(body, "truncation_direction"));
  const std::string_view name = side ? std::string_view(*side) : "right";
  const bool is_left = name == "left" || name == "Left";  // their description has the capitals
  if (!is_left && name != "right" && name != "Right") {
    return BadField("truncation_direction: expected left or right", "truncation_direction");
  }
  if (!truncate.value_or(false)) return Truncation::kError;
  return is_left ? Truncation::kTail : Truncation::kHead;
}

Scores ScoresOf(const Classification& result) {
  Scores scores = result.probs;
  // A task of mode generate has no probabilities.
  if (scores.empty()) scores.emplace_back(result.label, 1.0);
  std::stable_sort(scores.begin(), scores.end(),
                   [](const auto& one, const auto& other) { return one.second > other.second; });
  return scores;
}

}  // namespace

Result<PredictRequest> ParsePredictRequest(std::string_view text, const ServedModels& served,
                                           const ServerLimits& limits) {
  YIXIN_TRY(const nlohmann::json body, ParseJsonBody(text, limits.json_depth));
  YIXIN_CHECK_OK(CheckFields(body, {"inputs", "truncate", "truncation_direction", "raw_scores"}));
  PredictRequest request;
  YIXIN_CHECK_OK(ReadInputs(body, limits, &request));
  YIXIN_TRY(request.options.truncation, ReadTruncation(body));
  YIXIN_TRY(const auto raw, FlagField(body, "raw_scores"));
  request.raw_scores = raw.value_or(false);
  request.options.task = served.default_task;
  return request;
}

Result<std::string> PredictAnswer(const PredictRequest& request,
                                  std::span<const Result<Classification>> results) {
  YIXIN_CHECK_OK(AllLabelled(results, request.is_batch ? "inputs[*]" : "inputs"));
  Json answer = Json::array();
  for (const auto& result : results) {
    Json list = Json::array();
    for (const auto& [label, share] : ScoresOf(*result)) {
      const double score = request.raw_scores ? std::max(std::log(share), kLeastLogprob) : share;
      list.push_back({{"score", score}, {"label", label}});
    }
    answer.push_back(std::move(list));
  }
  return JsonText(request.is_batch ? answer : answer.front());
}

}  // namespace yixin
