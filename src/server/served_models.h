// What the server offers by name: the model, and each shipped task as a model of its own.
// Tested by: chat_request_test.cc, classify_request_test.cc
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/escalation.h"
#include "yixin/result.h"
#include "yixin/task.h"

namespace yixin {

struct ServedModels {
  std::string model;
  std::vector<TaskSummary> tasks;
  std::string default_task = "sentiment.zh";         // that labels
  std::string default_chat = "chat.zh";              // the voice of /v1/assist
  std::map<std::string, EscalationRule> escalation;  // by chat task
  std::string fingerprint;                           // what the bits of an answer depend on
  int64_t created_s = 0;                             // since 1970, for /v1/models
};

enum class TaskKind { kLabels, kChat };

bool OffersTask(const ServedModels& served, TaskKind kind, std::string_view name);

// How texts said to this voice are read where nobody says it: an English one's by sentiment.en.
std::string LabelTaskFor(const ServedModels& served, std::string_view chat_task);

// The field `model`. Out: a task's name, or empty for the model itself and for none.
// Errors: kInvalidArgument, kNotFound.
Result<std::string> TaskOfModel(const nlohmann::json& body, const ServedModels& served,
                                TaskKind kind);
// A field that names a task; empty where it is left out. Errors: as TaskOfModel.
Result<std::string> NamedTask(const nlohmann::json& body, const char* field,
                              const ServedModels& served, TaskKind kind);

}  // namespace yixin
