// Tested by: app_test.cc
#include "server/app.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/assist.h"
#include "server/classify_request.h"
#include "server/conversation_routes.h"
#include "server/json_text.h"
#include "server/predict_request.h"
#include "server/response_text.h"
#include "server/url_text.h"
#include "yixin/version.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

// `application/json`, with parameters or without; curl's default for --data is let through, as
// other servers do.
bool IsJson(std::string_view content_type) {
  std::string kind(content_type.substr(0, content_type.find_first_of("; \t")));
  std::ranges::transform(kind, kind.begin(), [](char c) {
    return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return kind == "application/json" || kind.empty() || kind == "application/x-www-form-urlencoded";
}

Json ModelsJson(const ServedModels& served) {
  Json models = Json::array();
  const auto add = [&](const std::string& id) -> Json& {
    models.push_back(
        {{"id", id}, {"object", "model"}, {"created", served.created_s}, {"owned_by", "yixin"}});
    return models.back();
  };
  add(served.model);
  for (const TaskSummary& task : served.tasks) {
    Json& entry = add(task.name);
    entry["parent"] = served.model;
    entry["mode"] = task.mode;
    if (!task.labels.empty()) entry["labels"] = task.labels;
  }
  return models;
}

}  // namespace

// A * stands for one part of the path, not empty.
struct App::Route {
  std::string_view method;
  std::string_view path;
  bool is_open;  // asks for no key
  void (App::*handle)(const Call&);
  ErrorShape errors = ErrorShape::kOpenAi;
};

namespace {

// The part of `path` that the pattern's * stands for, empty where it has none; nothing where the
// path is another.
std::optional<std::string_view> Match(std::string_view pattern, std::string_view path) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) {
    return pattern == path ? std::optional<std::string_view>("") : std::nullopt;
  }
  const std::string_view front = pattern.substr(0, star);
  const std::string_view back = pattern.substr(star + 1);
  if (path.size() <= front.size() + back.size() || !path.starts_with(front) ||
      !path.ends_with(back)) {
    return std::nullopt;
  }
  const auto part = path.substr(front.size(), path.size() - front.size() - back.size());
  return part.find('/') == std::string_view::npos ? std::optional(part) : std::nullopt;
}

// What a page of this server may do: nothing but show its own files and ask this server.
void AddPageHeaders(ServerResponse* response) {
  response->headers.emplace_back(
      "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
      "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'");
  response->headers.emplace_back("Referrer-Policy", "no-referrer");
  response->headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
}

}  // namespace

// docs/http_api.md and share/openapi.json have the same list, which a test compares.
const App::Route* App::FindRoute(std::string_view method, std::string_view path) {
  static constexpr std::array<Route, 17> kRoutes{{
      {"GET", "/health", true, &App::Health},
      {"GET", "/metrics", false, &App::Metrics},
      {"GET", "/v1/models", false, &App::Models},
      {"GET", "/v1/models/*", false, &App::Model},
      {"GET", "/v1/facts", false, &App::Facts},
      {"POST", "/v1/chat/completions", false, &App::Chat},
      {"POST", "/v1/completions", false, &App::Completion},
      {"POST", "/v1/responses", false, &App::Responses},
      {"POST", "/v1/messages", false, &App::Messages, ErrorShape::kAnthropic},
      {"POST", "/v1/classify", false, &App::Classify},
      {"POST", "/classify", false, &App::Classify},  // vLLM's own path
      {"POST", "/predict", false, &App::Predict, ErrorShape::kTei},
      {"POST", "/v1/assist", false, &App::Assist},
      {"GET", "/v1/conversations", false, &App::Conversations},
      {"GET", "/v1/conversations/*", false, &App::Conversation},
      {"DELETE", "/v1/conversations/*", false, &App::Delete},
      {"GET", "/v1/conversations/*/export", false, &App::Export},
  }};
  if (method == "HEAD") method = "GET";  // the door leaves the body out
  for (const Route& route : kRoutes) {
    if (Match(route.path, path) && (method.empty() || route.method == method)) return &route;
  }
  return nullptr;
}

std::string App::MethodsOf(std::string_view path) {
  std::string methods;
  for (const std::string_view method : {"GET", "POST", "DELETE"}) {
    if (FindRoute(method, path) == nullptr) continue;
    methods.append(methods.empty() ? "" : ", ").append(method);
  }
  return methods;
}

const PageFile* App::FindPage(std::string_view path) const {
  for (const PageFile& file : options_.page) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

std::optional<ServerResponse> App::Refuse(const ServerRequest& request, const Route* known,
                                          const PageFile* page) const {
  const bool is_there = known != nullptr || page != nullptr;
  const bool is_preflight = request.method == "OPTIONS" && is_there;
  const bool is_open = page != nullptr || (known != nullptr && known->is_open);
  if (auto refusal = CheckAccess(request, options_.access, is_preflight || is_open)) {
    return refusal;
  }
  if (!is_there) return ErrorResponse(404, "not_found_error", "not_found", "no such path here");
  const std::string methods = page != nullptr ? "GET" : MethodsOf(request.path);
  if (is_preflight && request.origin && !options_.access.origins.empty()) {
    ServerResponse response{.status = 204};
    response.headers = {
        {"Access-Control-Allow-Methods", methods},
        // The star is for what clients say of themselves (X-Stainless-*, Anthropic-Version);
        // it does not stand for Authorization (Fetch standard).
        {"Access-Control-Allow-Headers", "Authorization, Content-Type, X-Api-Key, *"},
        {"Access-Control-Max-Age", "600"}};
    return response;
  }
  const bool is_get = request.method == "GET" || request.method == "HEAD";
  if (page != nullptr ? !is_get : FindRoute(request.method, request.path) == nullptr) {
    ServerResponse response = ErrorResponse(405, "invalid_request_error", "method_not_allowed",
                                            "this path has another method: " + methods);
    response.headers.emplace_back("Allow", methods);
    return response;
  }
  if (request.method == "POST" && !IsJson(request.content_type)) {
    return ErrorResponse(415, "invalid_request_error", "unsupported_media_type",
                         "expected Content-Type: application/json");
  }
  return std::nullopt;
}

std::optional<ServerResponse> App::Check(const ServerRequest& request, std::string* route) {
  const Route* const known = FindRoute("", request.path);
  const PageFile* const page = known == nullptr ? FindPage(request.path) : nullptr;
  // Its own name, not the client's bytes.
  *route = known != nullptr ? std::string(known->path) : page != nullptr ? page->path : "-";
  auto response = Refuse(request, known, page);
  if (response) AddCorsHeaders(request, options_.access, &*response);
  return response;
}

void App::Handle(ServerRequest request, const std::string& request_id,
                 std::shared_ptr<Exchange> exchange) {
  ServerResponse cors;
  AddCorsHeaders(request, options_.access, &cors);
  exchange->AddHeaders(std::move(cors.headers));
  if (const Route* const route = FindRoute(request.method, request.path)) {
    const auto part = Match(route->path, request.path);
    return (this->*route->handle)({request, request_id, part.value_or(""), std::move(exchange)});
  }
  const PageFile& file = *FindPage(request.path);
  ServerResponse response;
  response.content_type = file.content_type;
  response.body = file.body;
  AddPageHeaders(&response);
  exchange->Respond(std::move(response));
}

ServerResponse App::Reword(const AccessRecord& record, ServerResponse error) {
  // The record has a route's own pattern, which is a path that it matches.
  const Route* const route = FindRoute("", record.route);
  return InShape(route != nullptr ? route->errors : ErrorShape::kOpenAi, record.id,
                 std::move(error));
}

void App::Done(const AccessRecord& record) {
  metrics_.Count(record);
  if (options_.log) options_.log(AccessLine(record, std::time(nullptr)));
}

void App::Health(const Call& call) { call.exchange->Respond(JsonResponse({{"status", "ok"}})); }

// The model, and each task as one: a client chooses either by `model`.
void App::Models(const Call& call) {
  call.exchange->Respond(JsonResponse({{"object", "list"}, {"data", ModelsJson(options_.served)}}));
}

void App::Model(const Call& call) {
  const auto name = PercentDecoded(call.part);
  for (const Json& model : ModelsJson(options_.served)) {
    if (name && model["id"] == *name) return call.exchange->Respond(JsonResponse(model));
  }
  call.exchange->Respond(ErrorResponse(404, "not_found_error", "model_not_found",
                                       "no model of this name; GET /v1/models lists them",
                                       "model"));
}

void App::Metrics(const Call& call) {
  ServerResponse response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics_.Text(backend_.counts());
  call.exchange->Respond(std::move(response));
}

// What the page shows of the engine.
void App::Facts(const Call& call) {
  const ModelFacts& model = options_.facts;
  const AssistantStats stats = backend_.stats();
  Json facts;
  facts["version"] = kVersion;
  facts["model"] = options_.served.model;
  facts["kernels"] = model.kernels;
  facts["threads"] = model.threads;
  facts["context"] = model.context;
  facts["layers"] = model.layers;
  facts["hidden"] = model.hidden;
  facts["vocabulary"] = model.vocabulary;
  facts["weight_bytes"] = model.weight_bytes;
  facts["memory_bytes"] = stats.memory_bytes;
  facts["peak_memory_bytes"] = stats.peak_memory_bytes;
  facts["prefill_tokens_per_s"] = stats.prefill_tokens_per_s;
  facts["decode_tokens_per_s"] = stats.decode_tokens_per_s;
  facts["tokens_computed"] = stats.tokens_computed;
  facts["tokens_reused"] = stats.tokens_reused;
  facts["tasks"] = Json::array();
  for (const TaskSummary& task : options_.served.tasks) {
    facts["tasks"].push_back(
        {{"name", task.name}, {"title", task.title}, {"mode", task.mode}, {"labels", task.labels}});
  }
  facts["default_chat_task"] = options_.served.default_chat;
  facts["default_label_task"] = options_.served.default_task;
  call.exchange->Respond(JsonResponse(facts));
}

void App::Label(const Call& call, std::vector<std::string> texts, const ClassifyOptions& options,
                const WriteLabels& write) {
  const auto& exchange = call.exchange;
  const auto done = [exchange, write](const auto& results) {
    if (!results) return exchange->Respond(ErrorResponse(results.error()));
    auto answer = write(*results);
    if (!answer) return exchange->Respond(ErrorResponse(answer.error()));
    ServerResponse response;
    response.body = *std::move(answer);
    exchange->Respond(std::move(response));
  };
  const auto number = backend_.Classify(std::move(texts), options, done);
  if (!number) return exchange->Respond(ErrorResponse(number.error()));
  exchange->OnGone([this, number = *number] { backend_.Cancel(number); });
}

void App::Classify(const Call& call) {
  auto wanted = ParseClassifyRequest(call.request.body, options_.served, options_.limits);
  if (!wanted) return call.exchange->Respond(ErrorResponse(wanted.error()));
  Label(call, std::move(wanted->texts), wanted->options,
        [id = call.id, model = options_.served.model](const auto& results) {
          return ClassifyAnswer(id, std::time(nullptr), model, results);
        });
}

void App::Predict(const Call& call) {
  const auto wanted = ParsePredictRequest(call.request.body, options_.served, options_.limits);
  if (!wanted) return call.exchange->Respond(ErrorResponse(wanted.error()));
  Label(call, wanted->texts, wanted->options,
        [request = *wanted](const auto& results) { return PredictAnswer(request, results); });
}

void App::Assist(const Call& call) {
  auto wanted = ParseAssistRequest(call.request.body, options_.served, options_.limits);
  if (!wanted) return call.exchange->Respond(ErrorResponse(wanted.error()));
  AssistContext context{
      .backend = backend_,
      .desk = desk_,
      .served = options_.served,
      .head = {"assist-" + call.id, std::time(nullptr), "", options_.served.fingerprint},
      .owner = OwnerOf(call.request, options_.access),
      .client = ClientOf(call.request, wanted->user),
      .count = [this](const ReplyTimes& times) { metrics_.Count(times); },
      .escalated = options_.escalated};
  StartAssist(*std::move(wanted), std::move(context), call.exchange);
}

void App::Conversations(const Call& call) {
  ListConversations(desk_, OwnerOf(call.request, options_.access), call.request.query,
                    call.exchange);
}

void App::Conversation(const Call& call) {
  ReadConversation(desk_, OwnerOf(call.request, options_.access), call.part, call.exchange);
}

void App::Export(const Call& call) {
  ExportConversation(desk_, OwnerOf(call.request, options_.access), call.part, call.exchange);
}

void App::Delete(const Call& call) {
  DeleteConversation(desk_, OwnerOf(call.request, options_.access), call.part, call.exchange);
}

}  // namespace yixin
