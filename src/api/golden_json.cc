// Tested by: golden_json_test.cc
#include "api/golden_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/nesting.h"

namespace yixin {
namespace {

// text.top64[n].ids
constexpr int kMaxNesting = 8;

Error Broken(const std::string& place, const std::string& words) {
  return {ErrorCode::kInvalidFile, "golden data: " + place + ": " + words, place};
}

Result<std::vector<int32_t>> ReadIds(const nlohmann::json& json, const std::string& place,
                                     int vocabulary) {
  if (!json.is_array()) return Broken(place, "expected an array of token ids");
  std::vector<int32_t> ids;
  for (const nlohmann::json& element : json) {
    if (!element.is_number_unsigned() ||
        element.get<uint64_t>() >= static_cast<uint64_t>(vocabulary)) {
      return Broken(place, "expected ids below " + std::to_string(vocabulary) +
                               ", the model's vocabulary; is it another model's file?");
    }
    ids.push_back(element.get<int32_t>());
  }
  return ids;
}

Result<ReferenceRow> ReadRow(const nlohmann::json& json, const std::string& place, int vocabulary) {
  if (!json.is_object()) return Broken(place, "expected an object");
  ReferenceRow row;
  const auto position = json.find("pos");
  if (position == json.end() || !position->is_number_unsigned()) {
    return Broken(place + ".pos", "expected a position");
  }
  row.position = position->get<size_t>();
  YIXIN_TRY(row.ids, ReadIds(json.value("ids", nlohmann::json()), place + ".ids", vocabulary));
  const auto log_probs = json.find("logprob");
  if (log_probs == json.end() || !log_probs->is_array() || log_probs->size() != row.ids.size()) {
    return Broken(place + ".logprob", "expected an array as long as ids");
  }
  for (const nlohmann::json& value : *log_probs) {
    if (!value.is_number() || !(value.get<double>() <= 0)) {
      return Broken(place + ".logprob", "expected logarithms of probabilities");
    }
    row.log_probs.push_back(value.get<double>());
  }
  return row;
}

}  // namespace

Result<GoldenText> ParseGoldenText(std::string_view json, int vocabulary) {
  if (Status nesting = CheckJsonNesting(json, kMaxNesting); !nesting) {
    return Broken("file", nesting.error().message);
  }
  const nlohmann::json file = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (file.is_discarded()) return Broken("file", "not JSON");
  const auto text = file.is_object() ? file.find("text") : file.end();
  if (!file.is_object() || text == file.end() || !text->is_object()) {
    return Broken("text", "is missing");
  }
  GoldenText golden;
  YIXIN_TRY(golden.ids, ReadIds(text->value("ids", nlohmann::json()), "text.ids", vocabulary));
  const auto mean_nll = text->find("mean_nll");
  if (mean_nll == text->end() || !mean_nll->is_number()) {
    return Broken("text.mean_nll", "expected a number");
  }
  golden.mean_nll = mean_nll->get<double>();
  const auto rows = text->find("top64");
  if (rows == text->end() || !rows->is_array()) return Broken("text.top64", "expected an array");
  for (const nlohmann::json& row : *rows) {
    YIXIN_TRY(ReferenceRow read,
              ReadRow(row, "text.top64[" + std::to_string(golden.rows.size()) + "]", vocabulary));
    golden.rows.push_back(std::move(read));
  }
  std::stable_sort(golden.rows.begin(), golden.rows.end(),
                   [](const auto& a, const auto& b) { return a.position < b.position; });
  return golden;
}

}  // namespace yixin
