// Tested by: response_text_test.cc
#include "server/response_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace yixin {
namespace {

const char* ReasonOf(int status) {
  struct Reason {
    int status;
    const char* words;
  };
  static constexpr std::array<Reason, 18> kReasons{{
      {200, "OK"},
      {204, "No Content"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {505, "HTTP Version Not Supported"},
  }};
  for (const Reason& reason : kReasons) {
    if (reason.status == status) return reason.words;
  }
  return "Answer";
}

bool IsPlain(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c < 127; });
}

}  // namespace

std::string ResponseHead(const ServerResponse& response, const HeadOptions& options) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  const auto add = [&head](std::string_view name, std::string_view value) {
    if (IsPlain(value)) head.append("\r\n").append(name).append(": ").append(value);
  };
  head += ReasonOf(response.status);
  add("Server", "yixin");
  add("X-Request-Id", options.request_id);
  if (response.status != 204) {
    add("Content-Type", response.content_type);
    if (options.framing == Framing::kLength) {
      add("Content-Length", std::to_string(response.body.size()));
    } else if (options.framing == Framing::kChunked) {
      add("Transfer-Encoding", "chunked");
    }
  }
  add("Cache-Control", "no-store");
  add("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) add(name, value);
  add("Connection", options.keep_alive ? "keep-alive" : "close");
  return head + "\r\n\r\n";
}

std::string ChunkOf(std::string_view bytes) {
  if (bytes.empty()) return {};
  std::array<char, 24> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return std::string(size.data()).append(bytes).append("\r\n");
}

std::string AccessLine(const AccessRecord& record, int64_t time_s) {
  const auto seconds = static_cast<std::time_t>(time_s);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> time{};
  std::strftime(time.data(), time.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  nlohmann::ordered_json line;
  line["time"] = time.data();
  line["id"] = record.id;
  line["route"] = record.route;
  line["status"] = record.status;
  line["ms"] = std::round(record.elapsed_ms * 1000) / 1000;
  line["bytes_in"] = record.bytes_in;
  line["bytes_out"] = record.bytes_out;
  line["peer"] = record.peer;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace yixin
