#include "server/request_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace yixin {
namespace {

using State = RequestReader::State;

// All of it in pieces of the given size, as a connection would.
State Feed(RequestReader& reader, std::string_view bytes, size_t piece,
           std::string* rest = nullptr) {
  std::string buffer;
  bool more = true;
  while (more) {
    more = !bytes.empty();
    buffer += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (bool moved = true; moved;) {
      const State before = reader.state();
      const size_t taken = reader.Take(buffer);
      buffer.erase(0, taken);
      moved = taken > 0 || reader.state() != before;
    }
  }
  if (rest != nullptr) *rest = buffer;
  return reader.state();
}

int StatusOf(std::string_view bytes, ServerLimits limits = {}) {
  int status = -1;
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{100000}}) {
    RequestReader reader(limits);
    const State state = Feed(reader, bytes, piece);
    const int now = state == State::kBad    ? reader.refusal().status
                    : state == State::kDone ? 200
                                            : 0;
    if (status != -1) {
      EXPECT_EQ(now, status) << bytes.substr(0, 80) << " by " << piece;
    }
    status = now;
  }
  return status;
}

TEST(RequestReader, ARequestInPiecesOfAnySize) {
  const std::string text =
      "POST /v1/classify?x=1 HTTP/1.1\r\nHost: localhost:8420\r\nAuthorization: Bearer k\r\n"
      "x-api-key: a\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n{\"\"}GET";
  for (size_t piece = 1; piece < text.size(); ++piece) {
    RequestReader reader({});
    std::string rest;
    ASSERT_EQ(Feed(reader, text, piece, &rest), State::kDone) << piece;
    EXPECT_EQ(rest, "GET");
    EXPECT_EQ(reader.request().method, "POST");
    EXPECT_EQ(reader.request().path, "/v1/classify");
    EXPECT_EQ(reader.request().host, "localhost:8420");
    EXPECT_EQ(reader.request().authorization, "Bearer k");
    EXPECT_EQ(reader.request().api_key, "a");
    EXPECT_EQ(reader.request().body, "{\"\"}");
    EXPECT_FALSE(reader.request().origin);
    EXPECT_TRUE(reader.keep_alive());
  }
}

TEST(RequestReader, TheHeaderIsSeenBeforeTheBody) {
  RequestReader reader({});
  const std::string text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab";
  EXPECT_EQ(reader.Take(text), text.size() - 2);
  EXPECT_EQ(reader.state(), State::kBody);
  EXPECT_EQ(reader.Take("ab"), 2u);
  EXPECT_EQ(reader.state(), State::kDone);
  EXPECT_EQ(reader.request().body, "ab");
}

TEST(RequestReader, WhereverTheBytesAreCut) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";
  const std::string text = head + "\n{\n}";
  for (size_t cut = 1; cut < text.size(); ++cut) {
    RequestReader reader({});
    const size_t taken = reader.Take(std::string_view(text).substr(0, cut));
    ASSERT_EQ(Feed(reader, text.substr(taken), text.size()), State::kDone) << cut;
    EXPECT_EQ(reader.request().body, "\n{\n}") << cut;
  }
}

TEST(RequestReader, Chunks) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  RequestReader reader({});
  ASSERT_EQ(Feed(reader, head + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", 1), State::kDone);
  EXPECT_EQ(reader.request().body, "abcde");
  RequestReader empty({});
  EXPECT_EQ(Feed(empty, head + "0\r\n\r\n", 1), State::kDone) << "Beast asserts more at once";
  EXPECT_EQ(StatusOf(head + "zz\r\nabc\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf(head + "3\nabc\n0\n\n"), 400);
  EXPECT_EQ(StatusOf(head + "3;x=\"\ny\"\r\nabc\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf(head + "-1\r\nabc\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf(head + "fffffffffffffffffff\r\nabc"), 400);
  EXPECT_EQ(StatusOf(head + "3\r\nabcd\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf(head + "ffffffff\r\nabc"), 413);
  EXPECT_EQ(StatusOf(head + "3;" + std::string(100000, 'x')), 400);
}

TEST(RequestReader, WhatTwoProgramsReadInTwoWays) {
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(StatusOf(start + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            400);
  EXPECT_EQ(StatusOf(start + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
            400);
  EXPECT_EQ(StatusOf(start + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), 400);
  EXPECT_EQ(StatusOf(start + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 400);
  EXPECT_EQ(StatusOf(start + "Content-Length: +3\r\n\r\nabc"), 400);
  EXPECT_EQ(StatusOf(start + "Content-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf(start + "Content-Length: 99999999999999999999999\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf(start + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf(start + "Transfer-Encoding: identity\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf(start + "Host: b\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf(start + "X-Api-Key: a\r\nx-api-key: b\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\nHost: a\n\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf(start + "X: y\r\n z\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n"), 400);
}

TEST(RequestReader, WhatIsNoRequest) {
  EXPECT_EQ(StatusOf("GET /\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("CONNECT b:1 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf(std::string("\x16\x03\x01\0\x01", 5)), 400);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n\r\n"), 415);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n"), 417);
  EXPECT_EQ(StatusOf("GET / HTTP/1.0\r\n\r\n"), 200);
}

TEST(RequestReader, Limits) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(StatusOf(start + "X: " + std::string(20000, 'x')), 431);
  std::string many = start;
  for (int i = 0; i < 5000; ++i) many += "X: y\r\n";
  EXPECT_EQ(StatusOf(many), 431);
  EXPECT_EQ(StatusOf("GET /" + std::string(20000, 'x')), 431);
  EXPECT_EQ(
      StatusOf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", {.body_bytes = 10}),
      413);
}

}  // namespace
}  // namespace yixin
