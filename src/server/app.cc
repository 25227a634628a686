// Tested by: app_test.cc
#include "server/app.h"

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/api_error.h"
#include "server/response_text.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

ServerResponse JsonResponse(const Json& body) {
  ServerResponse response;
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

// `application/json`, with parameters or without; curl's default for --data is let through, as
// other servers do.
bool IsJson(std::string_view content_type) {
  const std::string_view kind = content_type.substr(0, content_type.find_first_of("; \t"));
  return kind == "application/json" || kind.empty() || kind == "application/x-www-form-urlencoded";
}

}  // namespace

struct App::Route {
  std::string_view method;
  std::string_view path;
  bool is_open;  // asks for no key
  void (App::*handle)(const ServerRequest&, const std::string&, const std::shared_ptr<Exchange>&);
};

const App::Route* App::FindRoute(std::string_view method, std::string_view path) {
  static constexpr std::array<Route, 5> kRoutes{{
      {"GET", "/health", true, &App::Health},
      {"GET", "/v1/models", false, &App::Models},
      {"GET", "/metrics", false, &App::Metrics},
      {"POST", "/v1/classify", false, &App::Classify},
      {"POST", "/classify", false, &App::Classify},  // vLLM's own path
  }};
  if (method == "HEAD") method = "GET";  // the door leaves the body out
  for (const Route& route : kRoutes) {
    if (route.path == path && (method.empty() || route.method == method)) return &route;
  }
  return nullptr;
}

std::optional<ServerResponse> App::Check(const ServerRequest& request, std::string* route) {
  // Of a path that is there; its own name, not the client's bytes.
  const Route* const known = FindRoute("", request.path);
  *route = known == nullptr ? "-" : std::string(known->path);
  const bool preflight = request.method == "OPTIONS" && known != nullptr;
  auto response = CheckAccess(request, options_.access, preflight || (known && known->is_open));
  const Route* const wanted = FindRoute(request.method, request.path);
  if (response) {
    // refused
  } else if (known == nullptr) {
    response = ErrorResponse(404, "not_found_error", "not_found", "no such path here");
  } else if (preflight && request.origin && !options_.access.origins.empty()) {
    response = ServerResponse{.status = 204};
    response->headers = {{"Access-Control-Allow-Methods", std::string(known->method)},
                         {"Access-Control-Allow-Headers", "Authorization, Content-Type"},
                         {"Access-Control-Max-Age", "600"}};
  } else if (wanted == nullptr) {
    response = ErrorResponse(405, "invalid_request_error", "method_not_allowed",
                             "this path has another method: " + std::string(known->method));
    response->headers.emplace_back("Allow", known->method);
  } else if (wanted->method == "POST" && !IsJson(request.content_type)) {
    response = ErrorResponse(415, "invalid_request_error", "unsupported_media_type",
                             "expected Content-Type: application/json");
  }
  if (response) AddCorsHeaders(request, options_.access, &*response);
  return response;
}

void App::Handle(ServerRequest request, const std::string& request_id,
                 std::shared_ptr<Exchange> exchange) {
  (this->*FindRoute(request.method, request.path)->handle)(request, request_id, exchange);
}

void App::Done(const AccessRecord& record) {
  metrics_.Count(record);
  if (options_.log) options_.log(AccessLine(record, std::time(nullptr)));
}

void App::Health(const ServerRequest& request, const std::string&,
                 const std::shared_ptr<Exchange>& exchange) {
  ServerResponse response = JsonResponse({{"status", "ok"}});
  AddCorsHeaders(request, options_.access, &response);
  exchange->Respond(std::move(response));
}

// The model, and each task as one: a client chooses either by `model`.
void App::Models(const ServerRequest& request, const std::string&,
                 const std::shared_ptr<Exchange>& exchange) {
  Json list = {{"object", "list"}, {"data", Json::array()}};
  const auto add = [&](const std::string& id) -> Json& {
    list["data"].push_back({{"id", id},
                            {"object", "model"},
                            {"created", options_.catalog.created_s},
                            {"owned_by", "yixin"}});
    return list["data"].back();
  };
  add(options_.catalog.model);
  for (const TaskSummary& task : options_.catalog.tasks) {
    Json& entry = add(task.name);
    entry["parent"] = options_.catalog.model;
    entry["labels"] = task.labels;
  }
  ServerResponse response = JsonResponse(list);
  AddCorsHeaders(request, options_.access, &response);
  exchange->Respond(std::move(response));
}

void App::Metrics(const ServerRequest&, const std::string&,
                  const std::shared_ptr<Exchange>& exchange) {
  ServerResponse response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics_.Text(backend_.counts());
  exchange->Respond(std::move(response));
}

void App::Classify(const ServerRequest& request, const std::string& id,
                   const std::shared_ptr<Exchange>& exchange) {
  ServerResponse base;
  AddCorsHeaders(request, options_.access, &base);
  const auto respond = [exchange, cors = base.headers](ServerResponse response) {
    response.headers.insert(response.headers.end(), cors.begin(), cors.end());
    exchange->Respond(std::move(response));
  };
  auto wanted = ParseClassifyRequest(request.body, options_.catalog, options_.limits);
  if (!wanted) return respond(ErrorResponse(wanted.error()));
  const auto done = [respond, id, model = options_.catalog.model](auto results) {
    if (!results) return respond(ErrorResponse(results.error()));
    auto answer = ClassifyAnswer(id, std::time(nullptr), model, *results);
    if (!answer) return respond(ErrorResponse(answer.error()));
    ServerResponse response;
    response.body = *std::move(answer);
    respond(std::move(response));
  };
  const auto number = backend_.Classify(std::move(wanted->texts), wanted->options, done);
  if (!number) return respond(ErrorResponse(number.error()));
  exchange->OnGone([this, number = *number] { backend_.Cancel(number); });
}

}  // namespace yixin
