// Tested by: classify_request_test.cc
#include "server/classify_request.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "server/classification_json.h"
#include "server/json_body.h"
#include "server/json_text.h"

namespace yixin {
namespace {

Result<std::vector<std::string>> ReadTexts(const nlohmann::json& body, const ServerLimits& limits) {
  const auto input = body.find("input");
  if (input == body.end())
    return BadField("input is missing: a string, or a list of them", "input");
  std::vector<std::string> texts;
  if (input->is_string()) {
    texts.push_back(input->get<std::string>());
    return texts;
  }
  if (!input->is_array()) return BadField("input: expected a string, or a list of them", "input");
  if (input->empty()) return BadField("input: expected one text or more", "input");
  if (input->size() > limits.texts) {
    return BadField("input: " + std::to_string(input->size()) + " texts, expected at most " +
                        std::to_string(limits.texts),
                    "input");
  }
  for (size_t i = 0; i < input->size(); ++i) {
    const auto& text = (*input)[i];
    if (!text.is_string()) {
      const std::string place = "input[" + std::to_string(i) + "]";
      return BadField(place + ": expected a string", place);
    }
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

Result<std::string> ReadTask(const nlohmann::json& body, const ServedModels& served) {
  YIXIN_TRY(const auto model, TaskOfModel(body, served, TaskKind::kLabels));
  YIXIN_TRY(const auto task, NamedTask(body, "task", served, TaskKind::kLabels));
  if (!task.empty()) return task;
  return model.empty() ? served.default_task : model;
}

Result<Truncation> ReadTruncation(const nlohmann::json& body) {
  YIXIN_TRY(const auto name, TextField(body, "truncate"));
  if (!name) return Truncation::kError;
  if (*name == "head") return Truncation::kHead;
  if (*name == "tail") return Truncation::kTail;
  if (*name == "middle") return Truncation::kMiddle;
  return BadField("truncate: expected head, tail or middle", "truncate");
}

}  // namespace

Result<ClassifyRequest> ParseClassifyRequest(std::string_view text, const ServedModels& served,
                                             const ServerLimits& limits) {
  YIXIN_TRY(const nlohmann::json body, ParseJsonBody(text, limits.json_depth));
  YIXIN_CHECK_OK(
      CheckFields(body, {"input", "model", "task", "truncate", "no_neutral", "untaught", "user"}));
  ClassifyRequest request;
  YIXIN_TRY(request.texts, ReadTexts(body, limits));
  YIXIN_TRY(request.options.task, ReadTask(body, served));
  YIXIN_TRY(request.options.truncation, ReadTruncation(body));
  YIXIN_TRY(const auto no_neutral, FlagField(body, "no_neutral"));
  YIXIN_TRY(const auto untaught, FlagField(body, "untaught"));
  request.options.no_neutral = no_neutral.value_or(false);
  request.options.untaught = untaught.value_or(false);
  YIXIN_CHECK_OK(TextField(body, "user"));  // as OpenAI's, and not used
  return request;
}

Result<std::string> ClassifyAnswer(std::string_view request_id, int64_t time_s,
                                   const std::string& model,
                                   std::span<const Result<Classification>> results) {
  YIXIN_CHECK_OK(AllLabelled(results, "input[*]"));
  nlohmann::ordered_json answer;
  answer["id"] = "classify-" + std::string(request_id);
  answer["object"] = "list";
  answer["created"] = time_s;
  answer["model"] = model;
  answer["data"] = nlohmann::ordered_json::array();
  for (size_t i = 0; i < results.size(); ++i) {
    nlohmann::ordered_json item = {{"index", i}};
    item.update(ClassificationJson(*results[i]));
    answer["data"].push_back(std::move(item));
  }
  return JsonText(answer);
}

}  // namespace yixin
