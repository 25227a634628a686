// JSON as the server writes it: one line, and never an exception for bytes that are no UTF-8.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "server/http_types.h"

namespace yixin {

inline std::string JsonText(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

inline ServerResponse JsonResponse(const nlohmann::ordered_json& value) {
  ServerResponse response;
  response.body = JsonText(value);
  return response;
}

}  // namespace yixin
