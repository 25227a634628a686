// A request as the routes see it, and what they answer. No library's types.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace yixin {

inline constexpr std::string_view kUnixPeer = "unix";

// Strings are the client's own bytes: never put into a header or a log.
struct ServerRequest {
  std::string method;
  std::string path;   // the target up to `?`; nothing is decoded
  std::string query;  // behind it
  std::string host;   // empty: HTTP/1.0 without one
  std::optional<std::string> origin;
  std::string authorization;
  std::string api_key;  // the header X-Api-Key
  std::string content_type;
  std::string body;
  std::string peer;  // an address, or kUnixPeer
};

struct ServerResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// A file of the page, as it is sent.
struct PageFile {
  std::string path;  // in the URL
  std::string content_type;
  std::string_view body;  // static
};

// A line of the access log.
struct AccessRecord {
  std::string id;     // of the request, also in its answer's X-Request-Id
  std::string route;  // a path of the table of routes, or "-"
  std::string peer;   // as of the request
  int status = 0;     // 499: the client went before there was an answer
  size_t bytes_in = 0;
  size_t bytes_out = 0;
  double elapsed_ms = 0;
};

}  // namespace yixin
