// The answers of POST /v1/assist, whole or as events.
// Tested by: assist_test.cc
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "server/openai_writer.h"
#include "yixin/escalation.h"

namespace yixin {

// null, or {"rule", "reason", ...}: "words" with the "word", "in_a_row" with "label" and "count".
// english: the reason's language, else Chinese.
nlohmann::ordered_json EscalationJson(const std::optional<Escalation>& escalation, bool english);

// What is known before the reply begins.
struct AssistOpening {
  AnswerHead head;
  nlohmann::ordered_json sentiment;
  nlohmann::ordered_json escalation;  // of EscalationJson
  std::string conversation;           // empty: none
  int turn = 0;                       // of it
};

// {"id", "model", "created", "sentiment", "escalate", "escalation", "conversation"}: the data of
// the event `sentiment`.
nlohmann::ordered_json OpeningJson(const AssistOpening& opening);
// The whole answer: the opening, "object", "reply", "finish_reason", "usage".
std::string AssistAnswerText(const AssistOpening& opening, const std::string& reply,
                             const ChatAnswer& answer);
// The data of the event `done`.
std::string DoneText(const ChatAnswer& answer);

}  // namespace yixin
