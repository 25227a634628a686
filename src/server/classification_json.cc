// Tested by: classify_request_test.cc
#include "server/classification_json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

namespace yixin {

nlohmann::ordered_json ClassificationJson(const Classification& result) {
  nlohmann::ordered_json item;
  item["label"] = result.label;
  item["probs"] = nlohmann::ordered_json::array();
  item["num_classes"] = result.probs.size();
  item["labels"] = nlohmann::ordered_json::array();
  for (const auto& [label, share] : result.probs) {
    item["probs"].push_back(share);
    item["labels"].push_back(label);
  }
  item["margin"] = result.margin;
  item["score_kind"] = result.score_kind;
  item["task"] = result.task;
  if (!std::isnan(result.label_mass)) item["label_mass"] = result.label_mass;
  return item;
}

double ProbabilityOfLabel(const Classification& result) {
  for (const auto& [label, share] : result.probs) {
    if (label == result.label) return share;
  }
  return 1;
}

Status AllLabelled(std::span<const Result<Classification>> results, std::string_view place) {
  for (size_t i = 0; i < results.size(); ++i) {
    if (results[i]) continue;
    std::string name(place);
    if (const size_t star = name.find('*'); star != name.npos) {
      name.replace(star, 1, std::to_string(i));
    }
    return Error{results[i].error().code, name + ": " + results[i].error().message, name};
  }
  return {};
}

}  // namespace yixin
