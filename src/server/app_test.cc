// The routes on a backend that says what a test wants.
#include "server/app.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "server/api_error.h"
#include "server/desk_for_test.h"
#include "server/fake_backend_test.h"

namespace yixin {
namespace {

class AppTest : public testing::Test {
 protected:
  AppTest() {
    options_.served = {
        .model = "tiny",
        .tasks = {{.name = "sentiment.zh", .mode = "score", .labels = {"正面", "负面"}},
                  {.name = "chat.zh", .mode = "chat"}},
        .default_task = "sentiment.zh"};
    options_.log = [this](std::string_view line) { log_ += line; };
  }
  static ServerRequest Ask(std::string method, std::string path, std::string body = "") {
    ServerRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.host = "localhost";
    request.content_type = "application/json";
    request.body = std::move(body);
    return request;
  }
  // Its answer, or nothing while it is awaited.
  std::optional<ServerResponse> Send(App& app, const ServerRequest& request) {
    std::string route;
    if (auto early = app.Check(request, &route)) return early;
    exchange_ = std::make_shared<Exchange>(1000);
    app.Handle(request, "id", exchange_);
    return Answer();
  }
  std::optional<ServerResponse> Answer() {
    auto step = exchange_->Take();
    if (step.kind != Exchange::Kind::kResponse) return std::nullopt;
    return step.response;
  }
  int StatusOf(App& app, const ServerRequest& request) {
    const auto response = Send(app, request);
    if (!response) return 0;
    if (response->status >= 400) {
      const auto error = nlohmann::json::parse(response->body).at("error");
      EXPECT_TRUE(error.at("message").is_string() && error.at("type").is_string());
      EXPECT_TRUE(error.contains("param") && error.contains("code"));
    }
    return response->status;
  }

  FakeBackend backend_;
  DeskFolder folder_;
  ConversationDesk desk_{folder_.file()};
  AppOptions options_;
  std::string log_;
  std::shared_ptr<Exchange> exchange_;
};

TEST_F(AppTest, Paths) {
  App app(backend_, desk_, options_);
  EXPECT_EQ(StatusOf(app, Ask("GET", "/health")), 200);
  EXPECT_EQ(StatusOf(app, Ask("GET", "/v1/models")), 200);
  EXPECT_EQ(StatusOf(app, Ask("GET", "/metrics")), 200);
  for (const char* path : {"/", "/Health", "/health/", "/../health", "/%68ealth", "//health",
                           "/v1/../health", "/<script>"}) {
    std::string route;
    EXPECT_EQ(app.Check(Ask("GET", path), &route)->status, 404) << path;
    EXPECT_EQ(route, "-");
  }
  const auto wrong = Send(app, Ask("DELETE", "/health"));
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->headers.back(), (std::pair<std::string, std::string>("Allow", "GET")));
  EXPECT_EQ(StatusOf(app, Ask("GET", "/v1/classify")), 405);
  EXPECT_EQ(StatusOf(app, Ask("OPTIONS", "/v1/classify")), 405);
  ServerRequest text = Ask("POST", "/v1/classify", "{}");
  text.content_type = "text/plain";
  EXPECT_EQ(StatusOf(app, text), 415);
  text.content_type = "Application/JSON; charset=utf-8";
  EXPECT_EQ(StatusOf(app, text), 400) << "it is read, and lacks its field";
}

TEST_F(AppTest, KeysAreAskedForEverywhereButForHealth) {
  options_.access.keys = {"key"};
  App app(backend_, desk_, options_);
  EXPECT_EQ(StatusOf(app, Ask("GET", "/health")), 200);
  EXPECT_EQ(StatusOf(app, Ask("GET", "/v1/models")), 401);
  EXPECT_EQ(StatusOf(app, Ask("GET", "/metrics")), 401);
  EXPECT_EQ(StatusOf(app, Ask("POST", "/v1/classify", "{")), 401);
  EXPECT_EQ(StatusOf(app, Ask("GET", "/nowhere")), 401);
  ServerRequest known = Ask("GET", "/v1/models");
  known.authorization = "Bearer key";
  EXPECT_EQ(StatusOf(app, known), 200);
}

TEST_F(AppTest, Preflight) {
  options_.access.origins = {"https://shop.example"};
  App app(backend_, desk_, options_);
  ServerRequest request = Ask("OPTIONS", "/v1/classify");
  request.origin = "https://shop.example";
  const auto response = Send(app, request);
  EXPECT_EQ(response->status, 204);
  EXPECT_EQ(response->headers.back().second, "https://shop.example");
  request.origin = "https://other.example";
  EXPECT_EQ(StatusOf(app, request), 403);
}

TEST_F(AppTest, Models) {
  App app(backend_, desk_, options_);
  const auto list = nlohmann::json::parse(Send(app, Ask("GET", "/v1/models"))->body);
  EXPECT_EQ(list["object"], "list");
  EXPECT_EQ(list["data"][0]["id"], "tiny");
  EXPECT_EQ(list["data"][1]["id"], "sentiment.zh");
  EXPECT_EQ(list["data"][1]["labels"][1], "负面");
  EXPECT_EQ(list["data"][2]["mode"], "chat");
  const auto one = nlohmann::json::parse(Send(app, Ask("GET", "/v1/models/sentiment%2Ezh"))->body);
  EXPECT_EQ(one, list["data"][1]);
  EXPECT_EQ(StatusOf(app, Ask("GET", "/v1/models/none")), 404);
}

TEST_F(AppTest, LabelsComeFromTheBackend) {
  App app(backend_, desk_, options_);
  EXPECT_FALSE(Send(app, Ask("POST", "/v1/classify", R"({"input": ["a", "b"]})")));
  EXPECT_EQ(backend_.asked, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(backend_.task, "sentiment.zh");
  Classification good;
  good.label = "正面";
  backend_.finish(std::vector<Result<Classification>>{good, good});
  const auto response = Answer();
  ASSERT_TRUE(response);
  EXPECT_EQ(nlohmann::json::parse(response->body)["data"].size(), 2u);
}

TEST_F(AppTest, ErrorsOfLabels) {
  App app(backend_, desk_, options_);
  EXPECT_EQ(StatusOf(app, Ask("POST", "/v1/classify", "{")), 400);
  EXPECT_EQ(StatusOf(app, Ask("POST", "/v1/classify", R"({"input": "a", "task": "x"})")), 404);
  backend_.refusal = Error{ErrorCode::kBusy, "256 requests wait already", "queue"};
  const auto busy = Send(app, Ask("POST", "/v1/classify", R"({"input": "a"})"));
  EXPECT_EQ(busy->status, 429);
  EXPECT_EQ(busy->headers[0].first, "Retry-After");
  backend_.refusal.reset();
  EXPECT_FALSE(Send(app, Ask("POST", "/v1/classify", R"({"input": "a"})")));
  backend_.finish(Error{ErrorCode::kIo, "/home/me/secret: no such file", "/home/me"});
  const auto failed = Answer();
  EXPECT_EQ(failed->status, 500);
  EXPECT_EQ(failed->body.find("secret"), std::string::npos);
}

TEST_F(AppTest, LabelsInTheShapeOfTei) {
  App app(backend_, desk_, options_);
  EXPECT_FALSE(Send(app, Ask("POST", "/predict", R"({"inputs": [["a"], ["b"]]})")));
  EXPECT_EQ(backend_.asked, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(backend_.task, "sentiment.zh");
  Classification label;
  label.probs = {{"负面", 0.25}, {"正面", 0.75}};
  backend_.finish(std::vector<Result<Classification>>{label, label});
  const auto answer = nlohmann::json::parse(Answer()->body);
  ASSERT_EQ(answer.size(), 2u);
  EXPECT_EQ(answer[1][0]["label"], "正面");
}

TEST_F(AppTest, OneReplyInTheShapeOfEachApi) {
  App app(backend_, desk_, options_);
  struct Api {
    const char* path;
    const char* body;
    const char* id;
    const char* words;  // where they are in the answer
  };
  for (const Api& api : std::vector<Api>{
           {"/v1/chat/completions", R"({"messages": [{"role": "user", "content": "u"}]})",
            "chatcmpl-id", "/choices/0/message/content"},
           {"/v1/completions", R"({"prompt": "u"})", "cmpl-id", "/choices/0/text"},
           {"/v1/responses", R"({"input": "u"})", "resp_id", "/output/0/content/0/text"},
           {"/v1/messages", R"({"max_tokens": 5, "messages": [{"role": "user", "content": "u"}]})",
            "msg_id", "/content/0/text"}}) {
    EXPECT_FALSE(Send(app, Ask("POST", api.path, api.body))) << api.path;
    const ChatRequest& asked = backend_.chats.back();
    EXPECT_EQ(asked.prompt ? *asked.prompt : asked.messages.back().text, "u");
    EXPECT_EQ(asked.client, backend_.chats.front().client) << "the same one by every route";
    backend_.listeners.back()->OnText("words", {});
    backend_.listeners.back()->OnEnd(ChatAnswer{});
    const auto answer = nlohmann::json::parse(Answer()->body);
    EXPECT_EQ(answer["id"], api.id);
    EXPECT_EQ(answer.at(nlohmann::json::json_pointer(api.words)), "words") << api.path;
    EXPECT_EQ(Send(app, Ask("POST", api.path, "{}"))->status, 400);
  }
}

TEST_F(AppTest, ErrorsHaveTheShapeOfTheirRoute) {
  App app(backend_, desk_, options_);
  const auto error = [&](const std::string& path) {
    AccessRecord record;
    auto response = app.Check(Ask("GET", path), &record.route);
    record.id = "ab";
    return nlohmann::json::parse(app.Reword(record, *response).body);
  };
  EXPECT_EQ(error("/predict")["error_type"], "Validation");
  EXPECT_EQ(error("/v1/messages")["request_id"], "ab");
  EXPECT_TRUE(error("/classify")["error"].is_object());
  EXPECT_TRUE(error("/nowhere")["error"].is_object());
}

TEST_F(AppTest, AClientThatGoesCancels) {
  App app(backend_, desk_, options_);
  EXPECT_FALSE(Send(app, Ask("POST", "/v1/classify", R"({"input": "a"})")));
  EXPECT_TRUE(backend_.cancelled.empty());
  exchange_->Gone();
  EXPECT_EQ(backend_.cancelled, std::vector<uint64_t>{7});
}

TEST_F(AppTest, TheLogAndTheMetricsKnowTheRequest) {
  App app(backend_, desk_, options_);
  app.Done({.id = "ab", .route = "/health", .peer = "unix", .status = 200});
  EXPECT_NE(log_.find("\"id\":\"ab\""), std::string::npos);
  const auto metrics = Send(app, Ask("GET", "/metrics"))->body;
  EXPECT_NE(metrics.find("yixin_http_requests_total{route=\"/health\",status=\"200\"} 1"),
            std::string::npos);
  EXPECT_NE(metrics.find("yixin_num_requests_running 5"), std::string::npos);
}

TEST_F(AppTest, Facts) {
  options_.facts.kernels = "avx2";
  App app(backend_, desk_, options_);
  const auto facts = nlohmann::json::parse(Send(app, Ask("GET", "/v1/facts"))->body);
  EXPECT_EQ(facts["model"], "tiny");
  EXPECT_EQ(facts["kernels"], "avx2");
  EXPECT_EQ(facts["tokens_computed"], 9);
  EXPECT_EQ(facts["tasks"][0]["name"], "sentiment.zh");
  EXPECT_EQ(facts["default_label_task"], "sentiment.zh");
}

TEST_F(AppTest, PathsWithANameInThem) {
  App app(backend_, desk_, options_);
  const auto route = [&](const char* method, const char* path) {
    std::string name;
    app.Check(Ask(method, path), &name);
    return name;
  };
  EXPECT_EQ(route("GET", "/v1/conversations"), "/v1/conversations");
  EXPECT_EQ(route("GET", "/v1/conversations/a"), "/v1/conversations/*");
  EXPECT_EQ(route("DELETE", "/v1/conversations/%2F"), "/v1/conversations/*");
  EXPECT_EQ(route("GET", "/v1/conversations/a/export"), "/v1/conversations/*/export");
  for (const char* path : {"/v1/conversations/", "/v1/conversations/a/", "/v1/conversations/a/b",
                           "/v1/conversations//export", "/v1/conversations/a/b/export"}) {
    EXPECT_EQ(route("GET", path), "-") << path;
  }
  const auto wrong = Send(app, Ask("POST", "/v1/conversations/a"));
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->headers.back().second, "GET, DELETE");
  EXPECT_EQ(StatusOf(app, Ask("DELETE", "/v1/conversations")), 405);
}

TEST_F(AppTest, EachKeyHasItsOwnConversations) {
  options_.access.keys = {"one", "two"};
  App app(backend_, desk_, options_);
  ServerRequest request = Ask("POST", "/v1/assist", R"({"text": "t", "conversation": "c"})");
  request.authorization = "Bearer one";
  EXPECT_FALSE(Send(app, request));
  WaitFor(desk_);
  Classification label;
  backend_.finish(std::vector<Result<Classification>>{label});
  WaitFor(desk_);
  backend_.listeners.back()->OnText("r", {});
  backend_.listeners.back()->OnEnd(ChatAnswer{});
  WaitFor(desk_);
  const auto reply = Answer();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  for (const auto& [key, count] : {std::pair("Bearer one", 1u), std::pair("Bearer two", 0u)}) {
    ServerRequest list = Ask("GET", "/v1/conversations");
    list.authorization = key;
    auto answer = Send(app, list);
    WaitFor(desk_);
    if (!answer) answer = Answer();  // the desk's thread has not been faster
    ASSERT_TRUE(answer);
    EXPECT_EQ(nlohmann::json::parse(answer->body)["data"].size(), count) << key;
  }
}

TEST_F(AppTest, ThePage) {
  options_.access.keys = {"key"};
  options_.page = {{"/", "text/html; charset=utf-8", "<html>"},
                   {"/page.js", "text/javascript", "js"}};
  App app(backend_, desk_, options_);
  const auto page = Send(app, Ask("GET", "/"));
  EXPECT_EQ(page->status, 200) << "asks for no key";
  EXPECT_EQ(page->body, "<html>");
  EXPECT_EQ(page->headers[0].first, "Content-Security-Policy");
  EXPECT_EQ(page->headers[0].second.find("unsafe"), std::string::npos);
  EXPECT_EQ(Send(app, Ask("GET", "/page.js"))->content_type, "text/javascript");
  EXPECT_EQ(StatusOf(app, Ask("POST", "/")), 405);
  EXPECT_EQ(StatusOf(app, Ask("GET", "/page.css")), 401);
  ServerRequest other = Ask("GET", "/");
  other.origin = "https://evil.example";
  EXPECT_EQ(StatusOf(app, other), 403);
}

}  // namespace
}  // namespace yixin
