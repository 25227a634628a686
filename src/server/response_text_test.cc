#include "server/response_text.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TEST(ResponseText, TheHead) {
  ServerResponse response;
  response.status = 429;
  response.body = "{}";
  response.headers = {{"Retry-After", "1"}, {"Bad", "a\r\nSet-Cookie: x"}};
  const std::string head = ResponseHead(response, {.request_id = "abc", .keep_alive = true});
  EXPECT_TRUE(head.starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_TRUE(head.ends_with("\r\nConnection: keep-alive\r\n\r\n"));
  for (const char* part : {"\r\nContent-Length: 2\r\n", "\r\nX-Request-Id: abc\r\n",
                           "\r\nRetry-After: 1\r\n", "\r\nX-Content-Type-Options: nosniff\r\n"}) {
    EXPECT_NE(head.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(head.find("Set-Cookie"), std::string::npos);
  EXPECT_EQ(head.find("Access-Control"), std::string::npos);
}

TEST(ResponseText, Framing) {
  const std::string chunked = ResponseHead({}, {.framing = Framing::kChunked});
  EXPECT_NE(chunked.find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_EQ(chunked.find("Content-Length"), std::string::npos);
  const std::string open = ResponseHead({}, {.framing = Framing::kUntilClose});
  EXPECT_EQ(open.find("Transfer-Encoding"), std::string::npos);
  EXPECT_EQ(ResponseHead({.status = 204}, {}).find("\nContent-"), std::string::npos);
  EXPECT_EQ(ChunkOf(std::string(26, 'x')), "1a\r\n" + std::string(26, 'x') + "\r\n");
  EXPECT_EQ(ChunkOf(""), "");
}

TEST(ResponseText, TheAccessLine) {
  EXPECT_EQ(AccessLine({.id = "ab",
                        .route = "/health",
                        .peer = "127.0.0.1",
                        .status = 200,
                        .bytes_in = 3,
                        .bytes_out = 4,
                        .elapsed_ms = 1.23456},
                       86400),
            "{\"time\":\"1970-01-02T00:00:00Z\",\"id\":\"ab\",\"route\":\"/health\",\"status\":200,"
            "\"ms\":1.235,\"bytes_in\":3,\"bytes_out\":4,\"peer\":\"127.0.0.1\"}");
}

}  // namespace
}  // namespace yixin
