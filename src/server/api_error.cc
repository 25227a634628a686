// Tested by: app_test.cc
#include "server/api_error.h"

#include <nlohmann/json.hpp>

#include "yixin/error_table.h"

namespace yixin {

ServerResponse ErrorResponse(int status, std::string_view type, std::string_view code,
                             std::string_view message, std::string_view param) {
  nlohmann::ordered_json error;
  error["message"] = message;
  error["type"] = type;
  error["param"] = param.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(param);
  error["code"] = code;
  ServerResponse response;
  response.status = status;
  nlohmann::ordered_json body;
  body["error"] = std::move(error);
  response.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

ServerResponse ErrorResponse(const Error& error) {
  const ErrorTraits& traits = TraitsOf(error.code);
  // Whoever reads this answer is there, so it was the server that stopped.
  const int status = error.code == ErrorCode::kCancelled ? 503 : traits.http_status;
  if (status >= 500) {
    return ErrorResponse(status, traits.openai_type, traits.name,
                         "the server could not answer; its operator finds more in the log");
  }
  // The engine's name of a field is not the request's.
  constexpr std::string_view kOurs = "max_new_tokens";
  std::string message = error.message;
  if (const size_t at = message.find(kOurs); at != std::string::npos) {
    message.replace(at, kOurs.size(), "max_tokens");
  }
  const std::string_view field =
      error.subject == kOurs ? "max_tokens" : std::string_view(error.subject);
  return ErrorResponse(status, traits.openai_type, traits.name, message, field);
}

}  // namespace yixin
