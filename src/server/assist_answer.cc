// Tested by: assist_test.cc
#include "server/assist_answer.h"

#include <nlohmann/json.hpp>

#include "server/json_text.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

std::string ReasonOf(const Escalation& escalation, bool english) {
  const std::string count = std::to_string(escalation.in_a_row);
  if (escalation.cause == Escalation::Cause::kWord) {
    return english ? "the user said \"" + escalation.word + "\""
                   : "用户提到“" + escalation.word + "”";
  }
  return english ? count + " messages in a row read as " + escalation.label
                 : "连续 " + count + " 条消息的情绪是" + escalation.label;
}

}  // namespace

Json EscalationJson(const std::optional<Escalation>& escalation, bool english) {
  if (!escalation) return nullptr;
  Json json;
  const bool is_word = escalation->cause == Escalation::Cause::kWord;
  json["rule"] = is_word ? "words" : "in_a_row";
  json["reason"] = ReasonOf(*escalation, english);
  if (is_word) {
    json["word"] = escalation->word;
  } else {
    json["label"] = escalation->label;
    json["count"] = escalation->in_a_row;
  }
  return json;
}

Json OpeningJson(const AssistOpening& opening) {
  Json json;
  json["id"] = opening.head.id;
  json["object"] = "assist";
  json["created"] = opening.head.created_s;
  json["model"] = opening.head.model;
  json["system_fingerprint"] = opening.head.fingerprint;
  json["sentiment"] = opening.sentiment;
  json["escalate"] = !opening.escalation.is_null();
  json["escalation"] = opening.escalation;
  json["conversation"] = nullptr;
  if (!opening.conversation.empty()) {
    json["conversation"] = {{"id", opening.conversation}, {"turn", opening.turn}};
  }
  return json;
}

std::string AssistAnswerText(const AssistOpening& opening, const std::string& reply,
                             const ChatAnswer& answer) {
  Json json = OpeningJson(opening);
  json["reply"] = reply;
  json["finish_reason"] = FinishWord(answer.finish);
  json["usage"] = UsageOf({&answer, 1});
  return JsonText(json);
}

std::string DoneText(const ChatAnswer& answer) {
  Json json;
  json["finish_reason"] = FinishWord(answer.finish);
  json["usage"] = UsageOf({&answer, 1});
  return JsonText(json);
}

}  // namespace yixin
