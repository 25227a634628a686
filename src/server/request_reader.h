// Bytes of a connection to one request, by Boost.Beast's parser and rules that are stricter than
// its: what two programs could read in two ways is refused (RFC 9112, 6.3 and 11.2: request
// smuggling). Knows no sockets.
// Tested by: request_reader_test.cc, tests/fuzz/http_request_fuzz.cc
#pragma once

#include <memory>
#include <string_view>

#include "server/http_types.h"
#include "server/limits.h"

namespace yixin {

class RequestReader {
 public:
  explicit RequestReader(const ServerLimits& limits);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  enum class State {
    kHeader,  // of which some is missing
    kBody,    // the header is complete
    kDone,
    kBad,  // answer refusal() and close
  };
  // How many of the bytes were taken; the others are to be given again, with more behind them. Ends
  // at the header's end and at the request's. Nothing is taken after kDone and kBad.
  size_t Take(std::string_view bytes);
  State state() const { return state_; }

  // From kBody on; the body at kDone.
  ServerRequest& request() { return request_; }
  bool keep_alive() const { return keep_alive_; }
  bool expects_continue() const { return expects_continue_; }
  bool is_http_1_0() const { return is_http_1_0_; }

  struct Refusal {
    int status = 400;
    const char* message = "";
  };
  const Refusal& refusal() const { return refusal_; }

 private:
  struct Parser;
  void Refuse(int status, const char* message);
  void CheckLines(std::string_view bytes);
  void ReadHeader();

  const size_t most_unread_;
  std::unique_ptr<Parser> parser_;
  State state_ = State::kHeader;
  size_t header_taken_ = 0;
  ServerRequest request_;
  bool has_request_line_ = false;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  bool is_http_1_0_ = false;
  Refusal refusal_;
};

}  // namespace yixin
