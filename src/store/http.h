// One HTTP GET or HEAD over libcurl, with the redirects followed by hand: every hop is checked, and
// a credential goes only to the origin that it was meant for. Tested by: http_test.cc (against
// tests/support/fake_hub.py)
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

// How hosts are reached.
struct HttpOptions {
  std::string ca_bundle;    // file or folder of certificates; empty: the system's
  std::string client_cert;  // PEM with key; may be empty
  std::string proxy;        // empty: http_proxy and https_proxy, as libcurl reads them
  std::string netrc;        // file with credentials per host; empty: none
  std::vector<std::string> trusted_hosts;  // "host" or "host:port": certificates are not checked
  int connect_timeout_ms = 5000;           // name, TCP and TLS together
  // Slower than this for this long is a stall. 1 byte/s means: only a connection that stands still.
  uint64_t stall_bytes_per_s = 50 * 1024;
  int stall_s = 10;
};

struct HttpRequest {
  std::string url;  // may hold user:password, for its own origin only
  bool head = false;
  std::string accept = "*/*";
  std::string bearer_token;  // for the URL's own origin only
  uint64_t range_begin = 0;  // above 0: asks for the bytes from there on
};

struct HttpHead {
  long status = 0;
  std::string url;  // of the last hop, without credentials
  // Lower-case names. Of redirects only x-linked-etag and x-linked-size are kept: the hub puts a
  // file's hash and size there, the host that it redirects to does not.
  std::map<std::string, std::string, std::less<>> headers;

  std::string Header(std::string_view name) const;
  std::optional<uint64_t> ContentLength() const;
};

struct HttpOutcome {
  enum class Kind {
    kOk,          // status 200 or 206, body read to its end
    kNotReached,  // name, TCP or TLS: `host` did not answer
    kStalled,
    kCut,       // the connection broke, or the body was shorter than said
    kStatus,    // another status
    kRedirect,  // a loop, a downgrade to http, a target that is no URL
    kRejected,  // on_head or on_body returned an error; `error` is theirs
    kStopped,
  };
  Kind kind = Kind::kOk;
  HttpHead head;
  Error error;       // unless kOk
  std::string host;  // "host:port" of the last hop
};

class HttpClient {
 public:
  // Threads: one at a time. Connections are kept between requests.
  explicit HttpClient(HttpOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  const HttpOptions& options() const { return options_; }

  // on_head: once, for a 200 or 206, before its body. on_body: the body's bytes as they come. An
  // error from either ends the transfer. Both may be empty.
  HttpOutcome Fetch(const HttpRequest& request,
                    const std::function<Status(const HttpHead&)>& on_head,
                    const std::function<Status(std::span<const std::byte>)>& on_body,
                    const StopFlag* stop);

 private:
  struct State;
  HttpOptions options_;
  std::unique_ptr<State> state_;
};

}  // namespace yixin
