// The HTTP/1.1 door: sockets, connections, deadlines. What is asked and answered is not its
// business: it reads requests within limits, hands them over and sends what comes back.
//
// Requests of one connection are answered in their order, one at a time. Boost.Asio with C++20
// coroutines, on the thread that calls Run, with a second one for large bodies; answers may come
// from any thread.
// Tested by: http_server_test.cc, tests/e2e/serve_test.py
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "server/exchange.h"
#include "server/http_types.h"
#include "server/limits.h"
#include "yixin/result.h"

namespace yixin {

// What a door does with requests. Called on the thread of Run: none may wait. Handle may be called
// on another thread beside the others.
struct HttpRoutes {
  virtual ~HttpRoutes() = default;
  // A header has come: the route's name for the log, and an answer where the body is not wanted.
  virtual std::optional<ServerResponse> Check(const ServerRequest& request, std::string* route) = 0;
  // The whole request. Exactly one answer comes through the exchange, now or later.
  virtual void Handle(ServerRequest request, const std::string& request_id,
                      std::shared_ptr<Exchange> exchange) = 0;
  virtual void Done(const AccessRecord& record) = 0;
  // An error, the door's own ones too, in the words of the API that its route is of. In: what
  // ErrorResponse makes; the record has id and route, "-" before the header was whole.
  virtual ServerResponse Reword(const AccessRecord& record, ServerResponse error) = 0;
  // limits.stop_ms is over: what is being answered is to end now, with an error.
  virtual void EndAnswers() = 0;
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";  // of an interface
  int port = 8420;                    // 0: any that is free
  std::string unix_path;              // a socket beside it; empty: none
  int unix_mode = 0600;               // of it
  ServerLimits limits;
};

class HttpServer {
 public:
  // Binds and listens. Errors: kInvalidArgument for the address, kIo.
  static Result<std::unique_ptr<HttpServer>> Listen(const HttpServerOptions& options,
                                                    HttpRoutes& routes);
  virtual ~HttpServer() = default;
  virtual int port() const = 0;
  // Serves until SIGINT, SIGTERM or Stop: then accepts nothing more, closes what is idle, and
  // waits limits.stop_ms for what is being answered, which has limits.last_words_ms to say so then.
  // A second signal ends it at once.
  virtual void Run() = 0;
  // Threads: any.
  virtual void Stop() = 0;
};

}  // namespace yixin
