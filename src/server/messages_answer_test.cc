#include "server/messages_answer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "server/event_text_test.h"

namespace yixin {
namespace {

using nlohmann::json;

const AnswerHead kHead{"msg_1", 5, "tiny", "fp"};

json WholeOf(const ChatAnswer& answer) {
  const std::vector<WrittenReply> replies{{"好\xff", {}, answer}};
  return json::parse(MessagesWriter(kHead, "1").Whole(replies));
}

TEST(MessagesAnswer, Whole) {
  const json message = WholeOf(
      {.finish = FinishReason::kLength, .prompt_tokens = 10, .reused_tokens = 4, .new_tokens = 3});
  EXPECT_EQ(message, json::parse(R"({"id": "msg_1", "type": "message", "role": "assistant",
      "model": "tiny", "content": [{"type": "text", "text": "好�"}], "stop_reason": "max_tokens",
      "stop_sequence": null, "usage": {"input_tokens": 6, "cache_creation_input_tokens": 0,
      "cache_read_input_tokens": 4, "output_tokens": 3}})"));
}

TEST(MessagesAnswer, WhyItStopped) {
  EXPECT_EQ(WholeOf({.finish = FinishReason::kEnd})["stop_reason"], "end_turn");
  EXPECT_EQ(WholeOf({.finish = FinishReason::kRepetition})["stop_reason"], "max_tokens");
  const json stopped = WholeOf({.finish = FinishReason::kEnd, .stop = "x"});
  EXPECT_EQ(stopped["stop_reason"], "stop_sequence");
  EXPECT_EQ(stopped["stop_sequence"], "x");
}

TEST(MessagesAnswer, Events) {
  MessagesWriter writer(kHead, "1");
  const ChatAnswer answer{.stop = "x", .prompt_tokens = 10, .new_tokens = 2};
  const auto events = EventsOf(writer.Begin(0) + writer.Piece(0, "a\nb", {}) +
                               writer.End(0, answer) + writer.Close({&answer, 1}));
  std::vector<std::string> names;
  for (const auto& [name, data] : events) {
    names.push_back(name);
    EXPECT_EQ(data["type"], name);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"message_start", "content_block_start", "content_block_delta",
                                      "content_block_stop", "message_delta", "message_stop"}));
  EXPECT_TRUE(events[0].second["message"]["content"].empty());
  EXPECT_TRUE(events[0].second["message"]["stop_reason"].is_null());
  EXPECT_EQ(events[1].second["content_block"], json::parse(R"({"type": "text", "text": ""})"));
  EXPECT_EQ(events[2].second["delta"], json::parse(R"({"type": "text_delta", "text": "a\nb"})"));
  EXPECT_EQ(events[4].second["delta"],
            json::parse(R"({"stop_reason": "stop_sequence", "stop_sequence": "x"})"));
  EXPECT_EQ(events[4].second["usage"]["input_tokens"], 10);
  EXPECT_EQ(events[4].second["usage"]["output_tokens"], 2);
}

TEST(MessagesAnswer, AnErrorMidway) {
  const auto events =
      EventsOf(MessagesWriter(kHead, "ab").Failure({ErrorCode::kCancelled, "", ""}));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].first, "error");
  EXPECT_EQ(events[0].second["error"]["type"], "overloaded_error");
  EXPECT_EQ(events[0].second["request_id"], "ab");
}

}  // namespace
}  // namespace yixin
