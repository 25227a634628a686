// The door over real sockets, with routes made for it: framing, streams, limits, clients that go.
#include "server/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <thread>

namespace yixin {
namespace {

// What a test wants of a path.
class Routes : public HttpRoutes {
 public:
  std::optional<ServerResponse> Check(const ServerRequest& request, std::string* route) override {
    *route = request.path;
    if (request.path == "/no" || request.path == "/words") return ServerResponse{.status = 404};
    return std::nullopt;
  }
  void Handle(ServerRequest request, const std::string&,
              std::shared_ptr<Exchange> exchange) override {
    if (request.path == "/hold") {
      exchange->OnGone([this] { gone.set_value(); });
      const std::lock_guard lock(mutex);
      held.push_back(exchange);
      return;
    }
    if (request.path == "/stream") {
      exchange->BeginStream({.content_type = "text/event-stream"});
      exchange->Push("data: 1\n\n");
      exchange->Push("data: 2\n\n");
      exchange->EndStream();
      return;
    }
    if (request.path == "/flood") {
      exchange->BeginStream({});
      flood = std::jthread([exchange, this] {
        while (exchange->Push(std::string(1000, 'x'))) std::this_thread::yield();
        gone.set_value();
      });
      return;
    }
    if (request.path == "/wait") {
      waits.set_value();
      const auto deadline = std::chrono::seconds(60);
      exchange->Respond(
          {.status =
               go_on.get_future().wait_for(deadline) == std::future_status::ready ? 200 : 500});
      return;
    }
    exchange->Respond({.body = request.body});
  }
  void Done(const AccessRecord& record) override {
    const std::lock_guard lock(mutex);
    records.push_back(record);
  }
  ServerResponse Reword(const AccessRecord& record, ServerResponse error) override {
    if (record.route != "/words") return error;
    error.body = "other words, " + std::to_string(error.status) + " " + record.id;
    return error;
  }
  void EndAnswers() override {
    const std::lock_guard lock(mutex);
    if (!ends_answers) return;
    for (const auto& exchange : held) exchange->Respond({.status = 503, .body = "stopped"});
  }
  std::vector<int> Statuses() {
    const std::lock_guard lock(mutex);
    std::vector<int> statuses;
    for (const AccessRecord& record : records) statuses.push_back(record.status);
    return statuses;
  }

  std::mutex mutex;
  std::vector<std::shared_ptr<Exchange>> held;
  std::vector<AccessRecord> records;
  std::promise<void> gone;
  std::promise<void> waits;
  std::promise<void> go_on;
  bool ends_answers = false;
  std::jthread flood;
};

class Client {
 public:
  explicit Client(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    Patient();
  }
  explicit Client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    Patient();
  }
  ~Client() { Close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }
  // Until the text has come, or the end.
  std::string Until(std::string_view wanted) {
    std::string seen;
    char byte = 0;
    while (!seen.ends_with(wanted) && ::recv(fd_, &byte, 1, 0) == 1) seen += byte;
    return seen;
  }
  std::string All() {
    std::string seen;
    std::array<char, 4096> bytes{};
    for (ssize_t count = 1; count > 0;) {
      count = ::recv(fd_, bytes.data(), bytes.size(), 0);
      if (count > 0) seen.append(bytes.data(), static_cast<size_t>(count));
    }
    return seen;
  }
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  // Ends tests that fail.
  void Patient() const {
    const timeval patience{60, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  int fd_;
};

class HttpServerTest : public testing::Test {
 protected:
  void Start(ServerLimits limits = {}, const std::string& unix_path = "") {
    HttpServerOptions options;
    options.port = 0;
    options.unix_path = unix_path;
    options.limits = limits;
    auto server = HttpServer::Listen(options, routes_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
    thread_ = std::thread([this] { server_->Run(); });
  }
  void TearDown() override { Stop(); }
  void Stop() {
    if (!thread_.joinable()) return;
    server_->Stop();
    thread_.join();
  }
  static std::string Get(const std::string& path, const std::string& more = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
  }
  static std::string Post(const std::string& body) {
    return "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  Routes routes_;
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

TEST_F(HttpServerTest, RequestsOfOneConnectionAreAnsweredInOrder) {
  Start();
  Client client(server_->port());
  client.Send(Post("first") + Post("second") + Get("/no"));
  EXPECT_TRUE(client.Until("first").starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(client.Until("second").starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(client.Until("\r\n\r\n").starts_with("HTTP/1.1 404 Not Found\r\n"));
  client.Send(Get("/echo", "Connection: close\r\n"));
  EXPECT_NE(client.All().find("Connection: close"), std::string::npos);
}

TEST_F(HttpServerTest, ErrorsGoOutInTheWordsOfTheirRoute) {
  Start();
  Client client(server_->port());
  client.Send(Get("/words", "Connection: close\r\n"));
  EXPECT_NE(client.All().find("\r\n\r\nother words, 404 "), std::string::npos);
}

TEST_F(HttpServerTest, ARefusedBodyIsNotAwaited) {
  Start();
  Client client(server_->port());
  client.Send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nx");
  EXPECT_TRUE(client.All().starts_with("HTTP/1.1 404"));
}

TEST_F(HttpServerTest, BadRequestsGetAnAnswerAndAreClosed) {
  Start();
  for (const std::string& bytes :
       {std::string("GET /\r\n\r\n"), std::string("\n\n\n"), std::string(40000, 'x'),
        std::string("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /secret HTTP/1.1\r\n\r\n")}) {
    Client client(server_->port());
    client.Send(bytes);
    const std::string answer = client.All();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 4")) << answer;
    EXPECT_EQ(answer.find("HTTP/1.1 4", 1), std::string::npos) << "one answer";
    EXPECT_EQ(answer.find("xxx"), std::string::npos);
  }
  Client client(server_->port());
  client.Send(Post("still here"));
  EXPECT_FALSE(client.Until("still here").empty());
}

TEST_F(HttpServerTest, ExpectContinue) {
  Start();
  Client client(server_->port());
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.Until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ab");
  EXPECT_TRUE(client.Until("\r\n\r\nab").starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, Streams) {
  Start();
  Client client(server_->port());
  client.Send(Get("/stream"));
  const std::string answer = client.Until("0\r\n\r\n");
  EXPECT_NE(answer.find("text/event-stream"), std::string::npos);
  EXPECT_NE(answer.find("data: 1\n\n"), std::string::npos);
  EXPECT_NE(answer.find("data: 2\n\n"), std::string::npos);
  client.Send(Post("again"));
  EXPECT_FALSE(client.Until("again").empty());
  Client old(server_->port());
  old.Send("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.All().ends_with("\r\n\r\ndata: 1\n\ndata: 2\n\n"));
}

TEST_F(HttpServerTest, AClientThatGoesIsToldToWhoAnswers) {
  Start();
  Client client(server_->port());
  client.Send(Get("/hold"));
  while (true) {
    const std::lock_guard lock(routes_.mutex);
    if (!routes_.held.empty()) break;
  }
  client.Close();
  EXPECT_EQ(routes_.gone.get_future().wait_for(std::chrono::seconds(60)),
            std::future_status::ready);
  Stop();
  EXPECT_EQ(routes_.Statuses(), std::vector<int>{499});
}

TEST_F(HttpServerTest, AClientThatGoesBehindItsNextRequestIsNoticedToo) {
  for (const bool at_once : {true, false}) {
    Routes routes;
    auto server = HttpServer::Listen({.port = 0}, routes);
    ASSERT_TRUE(server) << server.error().message;
    std::thread thread([&] { (*server)->Run(); });
    Client client((*server)->port());
    client.Send(at_once ? Get("/hold") + Get("/echo") : Get("/hold"));
    while (true) {
      const std::lock_guard lock(routes.mutex);
      if (!routes.held.empty()) break;
    }
    if (!at_once) client.Send(Get("/echo"));
    client.Close();
    EXPECT_EQ(routes.gone.get_future().wait_for(std::chrono::seconds(60)),
              std::future_status::ready);
    (*server)->Stop();
    thread.join();
    EXPECT_EQ(routes.Statuses(), std::vector<int>{499});
  }
}

TEST_F(HttpServerTest, ALargeBodyHoldsNobodyUp) {
  Start();
  Client large(server_->port());
  large.Send("POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" +
             std::string(100000, 'x'));
  ASSERT_EQ(routes_.waits.get_future().wait_for(std::chrono::seconds(60)),
            std::future_status::ready);
  Client small(server_->port());
  small.Send(Post("small"));
  EXPECT_FALSE(small.Until("small").empty());
  routes_.go_on.set_value();
  EXPECT_TRUE(large.Until("\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, AReaderThatDoesNotReadIsDropped) {
  Start({.write_ms = 50, .stream_queue_bytes = 10000});
  Client client(server_->port());
  client.Send(Get("/flood"));
  EXPECT_EQ(routes_.gone.get_future().wait_for(std::chrono::seconds(60)),
            std::future_status::ready);
}

TEST_F(HttpServerTest, SlowSendersAreClosed) {
  Start({.request_ms = 50, .idle_ms = 50});
  Client silent(server_->port());
  EXPECT_EQ(silent.All(), "");
  Client slow(server_->port());
  slow.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx");
  EXPECT_EQ(slow.All(), "");
  Client header(server_->port());
  header.Send("GET /");
  EXPECT_EQ(header.All(), "");
}

TEST_F(HttpServerTest, AnAnswerThatDoesNotComeIsGivenUp) {
  Start({.answer_ms = 50});
  Client client(server_->port());
  client.Send(Get("/hold"));
  EXPECT_TRUE(client.Until("}").starts_with("HTTP/1.1 503"));
  EXPECT_EQ(routes_.gone.get_future().wait_for(std::chrono::seconds(60)),
            std::future_status::ready);
}

TEST_F(HttpServerTest, OneConnectionTooManyIsToldSo) {
  Start({.connections = 2});
  Client one(server_->port());
  one.Send(Post("one"));
  one.Until("one");
  Client two(server_->port());
  two.Send(Post("two"));
  two.Until("two");
  {
    Client three(server_->port());
    EXPECT_TRUE(three.All().starts_with("HTTP/1.1 503"));
  }
  for (int i = 0; i < 20; ++i) {  // what was sent already does not take the answer away
    Client four(server_->port());
    four.Send(Post(std::string(100000, 'x')));
    EXPECT_TRUE(four.All().starts_with("HTTP/1.1 503"));
  }
  two.Close();
  for (bool served = false; !served;) {  // when the server has seen it
    Client again(server_->port());
    again.Send(Get("/echo", "Connection: close\r\n"));
    served = again.All().starts_with("HTTP/1.1 200");
  }
}

TEST_F(HttpServerTest, OneClientsShare) {
  Start({.connections = 10, .connections_per_client = 1});
  Client one(server_->port());
  one.Send(Post("one"));
  one.Until("one");
  Client two(server_->port());
  EXPECT_TRUE(two.All().starts_with("HTTP/1.1 503"));
}

TEST_F(HttpServerTest, StopWaitsForWhatIsBeingAnswered) {
  Start();
  Client idle(server_->port());
  idle.Send(Post("idle"));
  idle.Until("idle");
  Client busy(server_->port());
  busy.Send(Get("/hold"));
  while (true) {
    const std::lock_guard lock(routes_.mutex);
    if (!routes_.held.empty()) break;
  }
  server_->Stop();
  EXPECT_EQ(idle.All(), "");
  routes_.held[0]->Respond({.body = "late"});
  EXPECT_TRUE(busy.All().ends_with("late"));
  thread_.join();
}

TEST_F(HttpServerTest, WhatIsAnsweredLongerThanStopWaitsEndsWithAnError) {
  routes_.ends_answers = true;
  Start({.stop_ms = 50});
  Client busy(server_->port());
  busy.Send(Get("/hold"));
  while (true) {
    const std::lock_guard lock(routes_.mutex);
    if (!routes_.held.empty()) break;
  }
  server_->Stop();
  EXPECT_TRUE(busy.All().ends_with("stopped"));
  thread_.join();
}

TEST_F(HttpServerTest, StopDoesNotWaitForEver) {
  Start({.stop_ms = 50, .last_words_ms = 50});
  Client busy(server_->port());
  busy.Send(Get("/hold"));
  while (true) {
    const std::lock_guard lock(routes_.mutex);
    if (!routes_.held.empty()) break;
  }
  Stop();
  EXPECT_EQ(busy.All(), "");
  EXPECT_EQ(routes_.gone.get_future().wait_for(std::chrono::seconds(0)), std::future_status::ready);
}

TEST_F(HttpServerTest, AUnixSocket) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("yixin_http_" + std::to_string(::getpid()));
  Start({}, path);
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  Client client(path);
  client.Send(Post("local"));
  EXPECT_FALSE(client.Until("local").empty());
  HttpServerOptions options;
  options.port = 0;
  options.unix_path = path;
  EXPECT_FALSE(HttpServer::Listen(options, routes_));  // somebody answers there
  Stop();
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(HttpServerTest, WhatCannotBeListenedOn) {
  HttpServerOptions options;
  options.address = "not an address";
  EXPECT_EQ(HttpServer::Listen(options, routes_).error().code, ErrorCode::kInvalidArgument);
  Start();
  options.address = "127.0.0.1";
  options.port = server_->port();
  EXPECT_EQ(HttpServer::Listen(options, routes_).error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace yixin
