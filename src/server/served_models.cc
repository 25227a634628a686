// Tested by: chat_request_test.cc, classify_request_test.cc
#include "server/served_models.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/json_body.h"

namespace yixin {

bool OffersTask(const ServedModels& served, TaskKind kind, std::string_view name) {
  return std::any_of(served.tasks.begin(), served.tasks.end(), [&](const TaskSummary& task) {
    return task.name == name && (task.mode == "chat") == (kind == TaskKind::kChat);
  });
}

std::string LabelTaskFor(const ServedModels& served, std::string_view chat_task) {
  constexpr std::string_view kEnglish = "sentiment.en";
  const bool english = chat_task.ends_with(".en") && served.default_task == "sentiment.zh";
  return english && OffersTask(served, TaskKind::kLabels, kEnglish) ? std::string(kEnglish)
                                                                    : served.default_task;
}

Result<std::string> TaskOfModel(const nlohmann::json& body, const ServedModels& served,
                                TaskKind kind) {
  YIXIN_TRY(const auto model, TextField(body, "model"));
  if (!model || *model == served.model) return std::string();
  if (OffersTask(served, kind, *model)) return *model;
  return Error{ErrorCode::kNotFound,
               std::string("model: not the model of this server, nor a task of it that ") +
                   (kind == TaskKind::kChat ? "replies" : "labels") + "; GET /v1/models lists them",
               "model"};
}

Result<std::string> NamedTask(const nlohmann::json& body, const char* field,
                              const ServedModels& served, TaskKind kind) {
  YIXIN_TRY(const auto task, TextField(body, field));
  if (!task) return std::string();
  if (OffersTask(served, kind, *task)) return *task;
  return Error{ErrorCode::kNotFound,
               std::string(field) + ": not a task of this server that " +
                   (kind == TaskKind::kChat ? "replies" : "labels") + "; GET /v1/models lists them",
               field};
}

}  // namespace yixin
