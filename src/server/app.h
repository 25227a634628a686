// The routes: what each path does, who may ask, and the access log.
// Tested by: app_test.cc
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/access.h"
#include "server/api_error.h"
#include "server/backend.h"
#include "server/conversation_desk.h"
#include "server/http_server.h"
#include "server/limits.h"
#include "server/reply_request.h"
#include "server/reply_writer.h"
#include "server/served_models.h"
#include "server/server_metrics.h"
#include "yixin/assistant.h"

namespace yixin {

struct AppOptions {
  AccessRules access;
  ServerLimits limits;
  ServedModels served;
  ModelFacts facts;  // for the page
  // What a browser sees: index.html at /. Empty: no page.
  std::vector<PageFile> page;
  // Takes a line of JSON without its line break; may be empty.
  std::function<void(std::string_view)> log;
  // Takes the JSON of each text that asks for a human, from any thread; may be empty.
  std::function<void(std::string)> escalated;
};

class App : public HttpRoutes {
 public:
  // Both outlive it.
  App(Backend& backend, ConversationDesk& desk, AppOptions options)
      : backend_(backend), desk_(desk), options_(std::move(options)) {}

  std::optional<ServerResponse> Check(const ServerRequest& request, std::string* route) override;
  void Handle(ServerRequest request, const std::string& request_id,
              std::shared_ptr<Exchange> exchange) override;
  void Done(const AccessRecord& record) override;
  ServerResponse Reword(const AccessRecord& record, ServerResponse error) override;
  void EndAnswers() override { backend_.EndAll(); }

 private:
  struct Call {
    const ServerRequest& request;
    const std::string& id;
    std::string_view part;  // of the path, where the route has a *
    std::shared_ptr<Exchange> exchange;
  };
  struct Route;
  // Makes an answer of labels; an error where a text has none.
  using WriteLabels =
      std::function<Result<std::string>(const std::vector<Result<Classification>>&)>;
  static const Route* FindRoute(std::string_view method, std::string_view path);
  static std::string MethodsOf(std::string_view path);
  const PageFile* FindPage(std::string_view path) const;
  std::optional<ServerResponse> Refuse(const ServerRequest& request, const Route* known,
                                       const PageFile* page) const;

  void Health(const Call& call);
  void Models(const Call& call);
  void Model(const Call& call);
  void Metrics(const Call& call);
  void Facts(const Call& call);
  void Classify(const Call& call);
  void Predict(const Call& call);
  void Label(const Call& call, std::vector<std::string> texts, const ClassifyOptions& options,
             const WriteLabels& write);
  uint64_t ClientOf(const ServerRequest& request, const std::string& user) const;
  AnswerHead HeadOf(const Call& call, const char* kind, const ReplyRequest& request) const;
  void Reply(const Call& call, ReplyRequest request, std::unique_ptr<ReplyWriter> writer);
  void Chat(const Call& call);
  void Completion(const Call& call);
  void Messages(const Call& call);
  void Responses(const Call& call);
  void Assist(const Call& call);
  void Conversations(const Call& call);
  void Conversation(const Call& call);
  void Export(const Call& call);
  void Delete(const Call& call);

  Backend& backend_;
  ConversationDesk& desk_;
  const AppOptions options_;
  ServerMetrics metrics_;
};

}  // namespace yixin
