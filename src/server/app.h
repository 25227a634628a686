// The routes: what each path does, who may ask, and the access log.
// Tested by: app_test.cc
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/access.h"
#include "server/backend.h"
#include "server/classify_request.h"
#include "server/http_server.h"
#include "server/limits.h"
#include "server/server_metrics.h"

namespace yixin {

struct AppOptions {
  AccessRules access;
  ServerLimits limits;
  ServedModels served;
  // Takes a line of JSON without its line break; may be empty.
  std::function<void(std::string_view)> log;
};

class App : public HttpRoutes {
 public:
  App(Backend& backend, AppOptions options) : backend_(backend), options_(std::move(options)) {}

  std::optional<ServerResponse> Check(const ServerRequest& request, std::string* route) override;
  void Handle(ServerRequest request, const std::string& request_id,
              std::shared_ptr<Exchange> exchange) override;
  void Done(const AccessRecord& record) override;
  void EndAnswers() override { backend_.EndAll(); }

 private:
  struct Route;
  static const Route* FindRoute(std::string_view method, std::string_view path);
  void Health(const ServerRequest& request, const std::string& id,
              const std::shared_ptr<Exchange>& exchange);
  void Models(const ServerRequest& request, const std::string& id,
              const std::shared_ptr<Exchange>& exchange);
  void Metrics(const ServerRequest& request, const std::string& id,
               const std::shared_ptr<Exchange>& exchange);
  void Classify(const ServerRequest& request, const std::string& id,
                const std::shared_ptr<Exchange>& exchange);
  void Chat(const ServerRequest& request, const std::string& id,
            const std::shared_ptr<Exchange>& exchange);

  Backend& backend_;
  const AppOptions options_;
  ServerMetrics metrics_;
};

}  // namespace yixin
