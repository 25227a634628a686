// One thread runs every connection; a coroutine each. No operation has a timer of its own: a
// connection has one deadline, and a sweep closes what is past it, which ends whatever it waits
// for.
//
// gcc 12 loses temporaries inside co_await expressions and captures of coroutine lambdas: so every
// argument has a name here, and coroutines are member functions that take their parameters by
// value. Tested by: http_server_test.cc
#include "server/http_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "server/api_error.h"
#include "server/request_reader.h"
#include "server/response_text.h"

namespace yixin {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Local = asio::local::stream_protocol;
using Tcp = asio::ip::tcp;
// Both kinds of socket, so that a connection is compiled once.
using Socket = asio::generic::stream_protocol::socket;

constexpr size_t kMostTurnedAway = 64;  // that are heard out at once
constexpr auto kSweepEvery = std::chrono::milliseconds(100);
// Out of file descriptors: the connection stays in the kernel's queue, and asking again at once
// would turn in circles.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
// After an answer to a request that was not read whole: bytes still under way must not reset the
// connection before the answer has arrived.
constexpr auto kLinger = std::chrono::seconds(2);
constexpr size_t kMostLingered = size_t{4} << 20;
// Parsing and tokenizing take some 100 ms a megabyte, in which no stream would get its next piece:
// a larger body is handled by a thread beside the door's. This much takes one or two milliseconds.
constexpr size_t kSmallBody = size_t{16} << 10;

std::chrono::milliseconds Ms(int ms) { return std::chrono::milliseconds(ms); }

struct Connection {
  explicit Connection(Socket given) : socket(std::move(given)), signal(socket.get_executor()) {}

  Socket socket;
  asio::steady_timer signal;  // wakes the coroutine that waits for an answer
  std::string peer;
  bool is_unix = false;
  bool is_busy = false;  // between a request's first byte and its answer's last
  bool lingers = false;
  bool has_pipelined = false;  // bytes behind the request that is being answered
  bool is_head = false;        // of HTTP: an answer's header alone
  Clock::time_point deadline = Clock::time_point::max();
  std::string unread;
  std::array<char, 16384> scratch;
  std::shared_ptr<Exchange> exchange;  // while a request is being answered

  void Drop() {
    error_code ignored;
    socket.close(ignored);
    signal.cancel();
    if (exchange) exchange->Gone();
  }
  // The end of what the client sends shows behind bytes that nobody reads yet.
  bool HasHungUp() {
    pollfd facts{.fd = socket.native_handle(), .events = POLLRDHUP, .revents = 0};
    return ::poll(&facts, 1, 0) == 1;
  }
};

using ConnectionPtr = std::shared_ptr<Connection>;

class Door : public HttpServer {
 public:
  Door(const HttpServerOptions& options, HttpRoutes& routes)
      : options_(options), limits_(options.limits), routes_(routes) {}
  ~Door() override {
    if (owns_unix_path_) ::unlink(options_.unix_path.c_str());
  }

  Status Open();
  int port() const override { return port_; }
  void Run() override;
  void Stop() override {
    asio::post(io_, [this] { BeginStop(); });
  }

 private:
  Status OpenTcp();
  Status OpenUnix();
  void AwaitSignal();
  void AwaitSweep();
  void Sweep();
  void BeginStop();
  void EndWhenEmpty();

  template <class Acceptor>
  asio::awaitable<void> Accept(Acceptor* acceptor);
  void Admit(Socket socket, std::string peer, bool is_unix);
  void TurnAway(Socket socket);
  void Remove(const ConnectionPtr& connection);

  asio::awaitable<void> Serve(ConnectionPtr connection);
  asio::awaitable<bool> ServeOne(ConnectionPtr connection);
  asio::awaitable<bool> Read(ConnectionPtr connection, RequestReader* reader,
                             RequestReader::State wanted, AccessRecord* record);
  asio::awaitable<bool> Answer(ConnectionPtr connection, RequestReader* reader,
                               AccessRecord* record);
  asio::awaitable<bool> Send(ConnectionPtr connection, std::string bytes, AccessRecord* record);
  asio::awaitable<bool> SendWhole(ConnectionPtr connection, ServerResponse response,
                                  bool keep_alive, AccessRecord* record);
  asio::awaitable<void> Linger(ConnectionPtr connection);
  void Handle(ServerRequest request, const std::string& request_id,
              const std::shared_ptr<Exchange>& exchange);
  void Watch(const ConnectionPtr& connection);
  std::string NewId();

  const HttpServerOptions options_;
  const ServerLimits limits_;
  HttpRoutes& routes_;
  asio::io_context io_{1};
  std::optional<Tcp::acceptor> tcp_;
  std::optional<Local::acceptor> unix_;
  std::optional<asio::signal_set> signals_;
  asio::steady_timer sweep_{io_};
  std::set<ConnectionPtr> connections_;
  std::map<std::string, size_t> per_client_;
  size_t turned_away_ = 0;  // of connections_: those beyond the limit, which have their answer
  std::random_device random_;
  asio::thread_pool large_bodies_{1};
  int port_ = 0;
  bool owns_unix_path_ = false;
  bool is_stopping_ = false;
  bool answers_ended_ = false;
  Clock::time_point stop_at_;
};

Error CannotListen(const std::string& where, const error_code& error) {
  return {ErrorCode::kIo, "cannot listen on " + where + ": " + error.message(), where};
}

Status Door::OpenTcp() {
  error_code error;
  const std::string name = options_.address == "localhost" ? "127.0.0.1" : options_.address;
  const auto address = asio::ip::make_address(name, error);
  if (error) {
    return Error{ErrorCode::kInvalidArgument,
                 options_.address + ": expected an address such as 127.0.0.1 or ::1", "--host"};
  }
  const Tcp::endpoint endpoint(address, static_cast<uint16_t>(options_.port));
  const std::string where = options_.address + " port " + std::to_string(options_.port);
  tcp_.emplace(io_);
  tcp_->open(endpoint.protocol(), error);
  if (!error) tcp_->set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) tcp_->bind(endpoint, error);
  if (!error) tcp_->listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = tcp_->local_endpoint(error).port();
  if (error) return CannotListen(where, error);
  return {};
}

Status Door::OpenUnix() {
  const std::string& path = options_.unix_path;
  if (path.empty()) return {};
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return Error{ErrorCode::kInvalidArgument, "the socket's path is longer than 107 bytes", path};
  }
  error_code error;
  const Local::endpoint endpoint(path);
  // What a killed server left behind: a socket that nobody answers.
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) == 0 && S_ISSOCK(facts.st_mode)) {
    Local::socket probe(io_);
    probe.connect(endpoint, error);
    if (error == asio::error::connection_refused) ::unlink(path.c_str());
  }
  unix_.emplace(io_);
  unix_->open(Local(), error);
  const mode_t old_mask = ::umask(static_cast<mode_t>(0777 & ~options_.unix_mode));
  if (!error) unix_->bind(endpoint, error);
  ::umask(old_mask);
  owns_unix_path_ = !error;
  if (!error) unix_->listen(asio::socket_base::max_listen_connections, error);
  if (error) return CannotListen(path, error);
  return {};
}

Status Door::Open() {
  // Here and not in Run: who is told the port may send a signal at once.
  signals_.emplace(io_, SIGINT, SIGTERM);
  YIXIN_CHECK_OK(OpenTcp());
  return OpenUnix();
}

void Door::Run() {
  AwaitSignal();
  AwaitSweep();
  asio::co_spawn(io_, Accept(&*tcp_), [](const std::exception_ptr&) {});
  if (unix_) asio::co_spawn(io_, Accept(&*unix_), [](const std::exception_ptr&) {});
  io_.run();
  large_bodies_.stop();  // nobody waits for those that have not begun
  large_bodies_.join();
}

void Door::AwaitSignal() {
  signals_->async_wait([this](const error_code& error, int) {
    if (error) return;
    if (is_stopping_) {
      stop_at_ = Clock::now();
      answers_ended_ = true;
    }
    BeginStop();
    AwaitSignal();
  });
}

void Door::AwaitSweep() {
  sweep_.expires_after(kSweepEvery);
  sweep_.async_wait([this](const error_code& error) {
    if (error) return;
    Sweep();
    AwaitSweep();
    EndWhenEmpty();
  });
}

void Door::Sweep() {
  const Clock::time_point now = Clock::now();
  bool all = is_stopping_ && now >= stop_at_;
  if (all && !std::exchange(answers_ended_, true)) {
    all = false;
    stop_at_ = now + Ms(limits_.last_words_ms);
    routes_.EndAnswers();
  }
  for (const ConnectionPtr& connection : connections_) {
    const bool is_gone = connection->has_pipelined && connection->HasHungUp();
    if (all || is_gone || now >= connection->deadline) connection->Drop();
  }
}

void Door::BeginStop() {
  if (is_stopping_) return;
  is_stopping_ = true;
  stop_at_ = Clock::now() + Ms(limits_.stop_ms);
  error_code ignored;
  tcp_->close(ignored);
  if (unix_) unix_->close(ignored);
  for (const ConnectionPtr& connection : connections_) {
    if (!connection->is_busy) connection->Drop();
  }
  Sweep();
}

void Door::EndWhenEmpty() {
  if (!is_stopping_ || !connections_.empty()) return;
  sweep_.cancel();
  signals_->cancel();
}

template <class Acceptor>
asio::awaitable<void> Door::Accept(Acceptor* acceptor) {
  using Accepted = typename Acceptor::protocol_type::socket;
  constexpr bool kIsUnix = std::is_same_v<Acceptor, Local::acceptor>;
  while (!is_stopping_) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    Accepted socket = co_await acceptor->async_accept(token);
    if (error == asio::error::operation_aborted) continue;
    if (error) {
      asio::steady_timer pause(io_, kAcceptPause);
      co_await pause.async_wait(token);
      continue;
    }
    std::string peer(kUnixPeer);
    if constexpr (!kIsUnix) {
      const auto endpoint = socket.remote_endpoint(error);
      if (error) continue;  // gone already
      peer = endpoint.address().to_string();
      socket.set_option(Tcp::no_delay(true), error);
    }
    Admit(Socket(std::move(socket)), std::move(peer), kIsUnix);
  }
}

void Door::Admit(Socket socket, std::string peer, bool is_unix) {
  const bool is_full = connections_.size() - turned_away_ >= limits_.connections ||
                       (!is_unix && per_client_[peer] >= limits_.connections_per_client);
  if (is_full) {
    ServerResponse response = ErrorResponse(503, "server_error", "too_many_connections",
                                            "too many connections; try again later");
    const std::string id = NewId();
    const std::string bytes = ResponseHead(response, {.request_id = id}) + response.body;
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(bytes), ignored);
    routes_.Done({.id = id, .route = "-", .peer = peer, .status = 503, .bytes_out = bytes.size()});
    if (turned_away_ < kMostTurnedAway) TurnAway(std::move(socket));
    return;
  }
  auto connection = std::make_shared<Connection>(std::move(socket));
  connection->peer = std::move(peer);
  connection->is_unix = is_unix;
  connections_.insert(connection);
  if (!is_unix) ++per_client_[connection->peer];
  asio::co_spawn(io_, Serve(connection),
                 [this, connection](const std::exception_ptr&) { Remove(connection); });
}

// Closed at once, a socket with unread bytes would take the answer back (RST).
void Door::TurnAway(Socket socket) {
  auto connection = std::make_shared<Connection>(std::move(socket));
  connections_.insert(connection);
  ++turned_away_;
  asio::co_spawn(io_, Linger(connection), [this, connection](const std::exception_ptr&) {
    connection->Drop();
    connections_.erase(connection);
    --turned_away_;
  });
}

void Door::Remove(const ConnectionPtr& connection) {
  connection->Drop();
  if (connection->exchange) connection->exchange->SetWake({});
  connections_.erase(connection);
  if (connection->is_unix) return;
  const auto found = per_client_.find(connection->peer);
  if (found != per_client_.end() && --found->second == 0) per_client_.erase(found);
}

std::string Door::NewId() {
  std::array<char, 20> text{};
  std::snprintf(text.data(), text.size(), "%08x%08x", random_(), random_());
  return text.data();
}

asio::awaitable<void> Door::Serve(ConnectionPtr connection) {
  bool goes_on = true;
  while (goes_on && !is_stopping_) {
    connection->is_busy = false;
    goes_on = co_await ServeOne(connection);
  }
  if (connection->lingers) co_await Linger(connection);
}

asio::awaitable<bool> Door::Read(ConnectionPtr connection, RequestReader* reader,
                                 RequestReader::State wanted, AccessRecord* record) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const auto buffer = asio::buffer(connection->scratch);
  while (true) {
    if (!connection->unread.empty() && !connection->is_busy) {
      connection->is_busy = true;
      connection->deadline = Clock::now() + Ms(limits_.request_ms);
    }
    const size_t taken = reader->Take(connection->unread);
    connection->unread.erase(0, taken);
    record->bytes_in += taken;
    const auto state = reader->state();
    if (state >= wanted) co_return true;  // or past it: there is no body, or the request is bad
    const size_t count = co_await connection->socket.async_read_some(buffer, token);
    if (error) co_return false;
    connection->unread.append(connection->scratch.data(), count);
  }
}

// One request and its answer. Out: whether another may follow.
asio::awaitable<bool> Door::ServeOne(ConnectionPtr connection) {
  using State = RequestReader::State;
  RequestReader reader(limits_);
  connection->deadline = Clock::now() + Ms(limits_.idle_ms);
  AccessRecord record;
  record.id = NewId();
  record.route = "-";
  record.peer = connection->peer;
  record.status = 499;
  bool more = co_await Read(connection, &reader, State::kBody, &record);
  if (!more && !connection->is_busy) co_return false;  // nothing was asked
  const Clock::time_point start = Clock::now();
  if (more) more = co_await Answer(connection, &reader, &record);
  record.elapsed_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  routes_.Done(record);
  co_return more;
}

asio::awaitable<bool> Door::Answer(ConnectionPtr connection, RequestReader* reader,
                                   AccessRecord* record) {
  using State = RequestReader::State;
  reader->request().peer = connection->peer;
  connection->is_head = reader->request().method == "HEAD";
  std::optional<ServerResponse> early;
  if (reader->state() != State::kBad) {
    early = routes_.Check(reader->request(), &record->route);
    if (!early) {
      if (reader->expects_continue() && connection->unread.empty()) {
        std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const bool sent = co_await Send(connection, std::move(go_on), record);
        if (!sent) co_return false;
      }
      const bool whole = co_await Read(connection, reader, State::kDone, record);
      if (!whole) co_return false;
    } else if (reader->state() == State::kBody) {
      reader->Take({});  // no body, perhaps: then the connection can be used again
    }
  }
  if (reader->state() == State::kBad) {
    const auto refusal = reader->refusal();
    early = ErrorResponse(refusal.status, "invalid_request_error", "bad_request", refusal.message);
  }
  const bool is_whole = reader->state() == State::kDone;
  const bool keep_alive = is_whole && reader->keep_alive() && !is_stopping_;
  if (early) {
    connection->lingers = !keep_alive;
    const bool sent = co_await SendWhole(connection, std::move(*early), keep_alive, record);
    co_return sent&& keep_alive;
  }

  auto exchange = std::make_shared<Exchange>(limits_.stream_queue_bytes);
  connection->exchange = exchange;
  std::weak_ptr<Connection> weak = connection;
  exchange->SetWake([this, weak] {
    asio::post(io_, [weak] {
      if (const auto alive = weak.lock()) alive->signal.cancel();
    });
  });
  connection->deadline = Clock::time_point::max();
  Watch(connection);
  if (reader->request().body.size() <= kSmallBody) {
    Handle(std::move(reader->request()), record->id, exchange);
  } else {
    asio::post(large_bodies_,
               [this, exchange, id = record->id, request = std::move(reader->request())]() mutable {
                 if (!exchange->HasGone()) Handle(std::move(request), id, exchange);
               });
  }

  const Clock::time_point answer_by = Clock::now() + Ms(limits_.answer_ms);
  const bool can_chunk = !reader->is_http_1_0();
  bool has_head = false;
  bool has_ended = false;
  bool good = true;
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  while (good && !has_ended) {
    Exchange::Step step = exchange->Take();
    std::string bytes;
    switch (step.kind) {
      case Exchange::Kind::kWait:
        if (!has_head && Clock::now() >= answer_by) {
          exchange->Gone();
          ServerResponse late = ErrorResponse(503, "server_error", "timeout",
                                              "the answer took longer than this server waits");
          good = co_await SendWhole(connection, std::move(late), keep_alive, record);
          has_ended = true;
          break;
        }
        connection->signal.expires_at(has_head ? Clock::time_point::max() : answer_by);
        co_await connection->signal.async_wait(token);
        break;
      case Exchange::Kind::kResponse:
        good = co_await SendWhole(connection, std::move(step.response), keep_alive, record);
        has_ended = true;
        break;
      case Exchange::Kind::kStreamHead: {
        const HeadOptions head{.request_id = record->id,
                               .keep_alive = keep_alive && can_chunk,
                               .framing = can_chunk ? Framing::kChunked : Framing::kUntilClose};
        bytes = ResponseHead(step.response, head);
        record->status = step.response.status;
        has_head = true;
        good = co_await Send(connection, std::move(bytes), record);
        break;
      }
      case Exchange::Kind::kBytes:
        bytes = can_chunk ? ChunkOf(step.bytes) : std::move(step.bytes);
        good = co_await Send(connection, std::move(bytes), record);
        break;
      case Exchange::Kind::kEnd:
        if (can_chunk) bytes = kLastChunk;
        good = co_await Send(connection, std::move(bytes), record);
        has_ended = true;
        break;
      case Exchange::Kind::kBroken:
        good = false;
        break;
    }
  }
  exchange->Gone();
  exchange->SetWake({});
  connection->exchange.reset();
  connection->has_pipelined = false;
  connection->socket.cancel(error);  // the watch
  co_return good&& keep_alive && (can_chunk || !has_head);
}

asio::awaitable<bool> Door::Send(ConnectionPtr connection, std::string bytes,
                                 AccessRecord* record) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const auto buffer = asio::buffer(bytes);
  const Clock::time_point old = connection->deadline;
  connection->deadline = Clock::now() + Ms(limits_.write_ms);
  record->bytes_out += co_await asio::async_write(connection->socket, buffer, token);
  connection->deadline = old;
  co_return !error;
}

asio::awaitable<bool> Door::SendWhole(ConnectionPtr connection, ServerResponse response,
                                      bool keep_alive, AccessRecord* record) {
  if (response.status >= 400) response = routes_.Reword(*record, std::move(response));
  const HeadOptions options{.request_id = record->id, .keep_alive = keep_alive};
  std::string bytes = ResponseHead(response, options);
  if (!connection->is_head) bytes += response.body;
  const bool sent = co_await Send(connection, std::move(bytes), record);
  if (sent) record->status = response.status;
  co_return sent;
}

asio::awaitable<void> Door::Linger(ConnectionPtr connection) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const auto buffer = asio::buffer(connection->scratch);
  connection->deadline = Clock::now() + kLinger;
  connection->socket.shutdown(Socket::shutdown_send, error);
  for (size_t total = 0; !error && total < kMostLingered;) {
    total += co_await connection->socket.async_read_some(buffer, token);
  }
}

void Door::Handle(ServerRequest request, const std::string& request_id,
                  const std::shared_ptr<Exchange>& exchange) {
  try {
    routes_.Handle(std::move(request), request_id, exchange);
  } catch (const std::bad_alloc&) {
    exchange->Respond(ErrorResponse({ErrorCode::kOutOfMemory, "", ""}));
  } catch (const std::exception&) {
    exchange->Respond(ErrorResponse({ErrorCode::kInternal, "", ""}));
  }
}

// While a request is answered nothing is read; only whether the client is still there. Of one that
// sends its next request already the sweep finds out.
void Door::Watch(const ConnectionPtr& connection) {
  connection->has_pipelined = !connection->unread.empty();
  if (connection->has_pipelined) return;
  std::weak_ptr<Connection> weak = connection;
  connection->socket.async_wait(
      Socket::wait_read, [weak, exchange = connection->exchange](const error_code& error) {
        const auto alive = weak.lock();
        if (error || !alive || alive->exchange != exchange || !alive->socket.is_open()) return;
        char byte = 0;
        const ssize_t count =
            ::recv(alive->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        alive->has_pipelined = count > 0;
        if (count <= 0) alive->Drop();
      });
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::Listen(const HttpServerOptions& options,
                                                       HttpRoutes& routes) {
  auto door = std::make_unique<Door>(options, routes);
  YIXIN_CHECK_OK(door->Open());
  return std::unique_ptr<HttpServer>(std::move(door));
}

}  // namespace yixin
