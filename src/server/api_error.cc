// Tested by: app_test.cc
#include "server/api_error.h"

#include <nlohmann/json.hpp>

#include "server/json_text.h"
#include "yixin/error_table.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

std::string_view AnthropicType(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
      return "overloaded_error";
    default:
      return status < 500 ? "invalid_request_error" : "api_error";
  }
}

std::string_view TeiType(int status) {
  if (status == 429) return "Overloaded";
  if (status == 503) return "Unhealthy";
  return status < 500 ? "Validation" : "Backend";
}

}  // namespace

ServerResponse ErrorResponse(int status, std::string_view type, std::string_view code,
                             std::string_view message, std::string_view param) {
  Json error;
  error["message"] = message;
  error["type"] = type;
  error["param"] = param.empty() ? Json() : Json(param);
  error["code"] = code;
  ServerResponse response;
  response.status = status;
  response.body = JsonText({{"error", std::move(error)}});
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
  return ErrorResponse(status, traits.openai_type, traits.name, error.message, error.subject);
}

ServerResponse InShape(ErrorShape shape, std::string_view request_id, ServerResponse error) {
  if (shape == ErrorShape::kOpenAi) return error;
  // Its own text of a moment ago, read again: whoever makes an error need not know who asked.
  const Json words = Json::parse(error.body, nullptr, /*allow_exceptions=*/false);
  if (!words.is_object() || !words.contains("error")) return error;
  const Json& message = words["error"]["message"];
  Json body;
  if (shape == ErrorShape::kAnthropic) {
    body["type"] = "error";
    body["error"] = {{"type", AnthropicType(error.status)}, {"message", message}};
    body["request_id"] = request_id;
    // Whoever answered may have set it for the answer that did not come.
    std::erase_if(error.headers, [](const auto& header) { return header.first == "Request-Id"; });
    error.headers.emplace_back("Request-Id", request_id);
  } else {
    body["error"] = message;
    body["error_type"] = TeiType(error.status);
  }
  error.body = JsonText(body);
  return error;
}

}  // namespace yixin
