#include "server/exchange.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

using Kind = Exchange::Kind;

TEST(Exchange, TheFirstAnswerCounts) {
  Exchange exchange(100);
  int woken = 0;
  exchange.SetWake([&] { ++woken; });
  EXPECT_EQ(exchange.Take().kind, Kind::kWait);
  exchange.Respond({.status = 201, .body = "a"});
  exchange.Respond({.status = 500, .body = "b"});
  EXPECT_EQ(woken, 1);
  const auto step = exchange.Take();
  EXPECT_EQ(step.kind, Kind::kResponse);
  EXPECT_EQ(step.response.status, 201);
  EXPECT_EQ(exchange.Take().kind, Kind::kWait);
}

TEST(Exchange, AStreamComesInOrderAndEnds) {
  Exchange exchange(100);
  exchange.BeginStream({});
  EXPECT_TRUE(exchange.Push("one "));
  EXPECT_TRUE(exchange.Push("two"));
  EXPECT_EQ(exchange.Take().kind, Kind::kStreamHead);
  EXPECT_EQ(exchange.Take().bytes, "one two");
  EXPECT_TRUE(exchange.Push("three"));
  exchange.EndStream();
  EXPECT_FALSE(exchange.Push("late"));
  EXPECT_EQ(exchange.Take().bytes, "three");
  EXPECT_EQ(exchange.Take().kind, Kind::kEnd);
  EXPECT_EQ(exchange.Take().kind, Kind::kWait);
}

TEST(Exchange, AQueueThatNobodyEmptiesBreaksTheStream) {
  Exchange exchange(5);
  exchange.BeginStream({});
  EXPECT_TRUE(exchange.Push("12345"));
  EXPECT_FALSE(exchange.Push("6"));
  EXPECT_EQ(exchange.Take().kind, Kind::kBroken);
  EXPECT_FALSE(exchange.Push(""));
}

TEST(Exchange, WhoAnswersHearsOnceThatTheClientHasGone) {
  Exchange exchange(5);
  int gone = 0;
  exchange.OnGone([&] { ++gone; });
  exchange.Gone();
  exchange.Gone();
  EXPECT_EQ(gone, 1);
  exchange.OnGone([&] { ++gone; });  // too late: at once
  EXPECT_EQ(gone, 2);
  exchange.Respond({});
  EXPECT_EQ(exchange.Take().kind, Kind::kBroken);
}

TEST(Exchange, AfterTheAnswerNobodyCancels) {
  Exchange exchange(5);
  int gone = 0;
  exchange.OnGone([&] { ++gone; });
  exchange.Respond({});
  exchange.Gone();
  exchange.OnGone([&] { ++gone; });
  EXPECT_EQ(gone, 0);
  EXPECT_EQ(exchange.Take().kind, Kind::kResponse);
}

TEST(ServerSentEvent, HasItsFields) {
  EXPECT_EQ(ServerSentEvent("", "[DONE]"), "data: [DONE]\n\n");
  EXPECT_EQ(ServerSentEvent("sentiment", "{}"), "event: sentiment\ndata: {}\n\n");
}

}  // namespace
}  // namespace yixin
