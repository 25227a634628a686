// Tested by: app_test.cc
#include "server/app.h"

#include <array>
#include <ctime>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/api_error.h"
#include "server/chat_completion.h"
#include "server/json_text.h"
#include "server/response_text.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

// `application/json`, with parameters or without; curl's default for --data is let through, as
// other servers do.
bool IsJson(std::string_view content_type) {
  const std::string_view kind = content_type.substr(0, content_type.find_first_of("; \t"));
  return kind == "application/json" || kind.empty() || kind == "application/x-www-form-urlencoded";
}

// Whose turn it is among those who wait: a key's, an address's, and each of its users'.
uint64_t ClientOf(const ServerRequest& request, const std::string& user) {
  return std::hash<std::string>()(request.authorization + '\n' + request.peer + '\n' + user);
}

}  // namespace

struct App::Route {
  std::string_view method;
  std::string_view path;
  bool is_open;  // asks for no key
  void (App::*handle)(const ServerRequest&, const std::string&, const std::shared_ptr<Exchange>&);
};

const App::Route* App::FindRoute(std::string_view method, std::string_view path) {
  static constexpr std::array<Route, 6> kRoutes{{
      {"GET", "/health", true, &App::Health},
      {"GET", "/v1/models", false, &App::Models},
      {"GET", "/metrics", false, &App::Metrics},
      {"POST", "/v1/chat/completions", false, &App::Chat},
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
  ServerResponse cors;
  AddCorsHeaders(request, options_.access, &cors);
  exchange->AddHeaders(std::move(cors.headers));
  (this->*FindRoute(request.method, request.path)->handle)(request, request_id, exchange);
}

void App::Done(const AccessRecord& record) {
  metrics_.Count(record);
  if (options_.log) options_.log(AccessLine(record, std::time(nullptr)));
}

void App::Health(const ServerRequest&, const std::string&,
                 const std::shared_ptr<Exchange>& exchange) {
  exchange->Respond(JsonResponse({{"status", "ok"}}));
}

// The model, and each task as one: a client chooses either by `model`.
void App::Models(const ServerRequest&, const std::string&,
                 const std::shared_ptr<Exchange>& exchange) {
  Json list = {{"object", "list"}, {"data", Json::array()}};
  const auto add = [&](const std::string& id) -> Json& {
    list["data"].push_back({{"id", id},
                            {"object", "model"},
                            {"created", options_.served.created_s},
                            {"owned_by", "yixin"}});
    return list["data"].back();
  };
  add(options_.served.model);
  for (const TaskSummary& task : options_.served.tasks) {
    Json& entry = add(task.name);
    entry["parent"] = options_.served.model;
    entry["mode"] = task.mode;
    if (!task.labels.empty()) entry["labels"] = task.labels;
  }
  exchange->Respond(JsonResponse(list));
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
  auto wanted = ParseClassifyRequest(request.body, options_.served, options_.limits);
  if (!wanted) return exchange->Respond(ErrorResponse(wanted.error()));
  const auto done = [exchange, id, model = options_.served.model](auto results) {
    if (!results) return exchange->Respond(ErrorResponse(results.error()));
    auto answer = ClassifyAnswer(id, std::time(nullptr), model, *results);
    if (!answer) return exchange->Respond(ErrorResponse(answer.error()));
    ServerResponse response;
    response.body = *std::move(answer);
    exchange->Respond(std::move(response));
  };
  const auto number = backend_.Classify(std::move(wanted->texts), wanted->options, done);
  if (!number) return exchange->Respond(ErrorResponse(number.error()));
  exchange->OnGone([this, number = *number] { backend_.Cancel(number); });
}

void App::Chat(const ServerRequest& request, const std::string& id,
               const std::shared_ptr<Exchange>& exchange) {
  auto wanted = ParseChatRequest(request.body, options_.served, options_.limits);
  if (!wanted) return exchange->Respond(ErrorResponse(wanted.error()));
  const uint64_t client = ClientOf(request, wanted->user);
  for (ChatRequest& reply : wanted->replies) reply.client = client;
  AnswerHead head{"chatcmpl-" + id, std::time(nullptr), wanted->model, options_.served.fingerprint};
  StartChatCompletion(
      backend_, *std::move(wanted), std::move(head),
      [this](const ReplyTimes& times) { metrics_.Count(times); }, exchange);
}

}  // namespace yixin
