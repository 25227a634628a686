#include "server/api_error.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace yixin {
namespace {

using nlohmann::json;

ServerResponse ErrorOf(int status) {
  return ErrorResponse(status, "some_error", "some", "what \"went\" 错\n<script>", "field");
}

TEST(ApiError, OpenAis) {
  const ServerResponse error = InShape(ErrorShape::kOpenAi, "id", ErrorOf(400));
  EXPECT_EQ(json::parse(error.body), json::parse(R"({"error": {"message":
      "what \"went\" 错\n<script>", "type": "some_error", "param": "field", "code": "some"}})"));
}

TEST(ApiError, Anthropics) {
  const ServerResponse error = InShape(ErrorShape::kAnthropic, "ab12", ErrorOf(404));
  EXPECT_EQ(error.status, 404);
  EXPECT_EQ(json::parse(error.body), json::parse(R"({"type": "error", "error": {
      "type": "not_found_error", "message": "what \"went\" 错\n<script>"}, "request_id": "ab12"})"));
  for (const auto& [status, type] :
       std::vector<std::pair<int, std::string>>{{400, "invalid_request_error"},
                                                {401, "authentication_error"},
                                                {403, "permission_error"},
                                                {405, "invalid_request_error"},
                                                {413, "request_too_large"},
                                                {429, "rate_limit_error"},
                                                {500, "api_error"},
                                                {503, "overloaded_error"}}) {
    const auto body = json::parse(InShape(ErrorShape::kAnthropic, "", ErrorOf(status)).body);
    EXPECT_EQ(body["error"]["type"], type) << status;
  }
}

TEST(ApiError, TextEmbeddingsInferences) {
  const ServerResponse busy = InShape(ErrorShape::kTei, "id", ErrorOf(429));
  EXPECT_EQ(json::parse(busy.body), json::parse(R"({"error": "what \"went\" 错\n<script>",
                                                    "error_type": "Overloaded"})"));
  EXPECT_EQ(busy.headers, ErrorOf(429).headers) << "when to come again";
  for (const auto& [status, type] : std::vector<std::pair<int, std::string>>{
           {400, "Validation"}, {413, "Validation"}, {500, "Backend"}, {503, "Unhealthy"}}) {
    const auto body = json::parse(InShape(ErrorShape::kTei, "", ErrorOf(status)).body);
    EXPECT_EQ(body["error_type"], type) << status;
  }
}

TEST(ApiError, WhatIsNoErrorOfOursStays) {
  for (const char* body : {"", "no JSON", "[]", "{}"}) {
    EXPECT_EQ(InShape(ErrorShape::kTei, "", {.status = 500, .body = body}).body, body);
  }
}

}  // namespace
}  // namespace yixin
