#include "server/chat_answer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "server/event_text_test.h"

namespace yixin {
namespace {

using nlohmann::json;

const AnswerHead kHead{"chatcmpl-1", 5, "tiny", "fp"};

json OneEvent(const std::string& bytes) {
  const auto events = EventsOf(bytes);
  EXPECT_EQ(events.size(), 1u) << bytes;
  EXPECT_EQ(events.at(0).first, "");
  return events.at(0).second;
}

TEST(ChatAnswer, Whole) {
  const ChatAnswer cost{
      .finish = FinishReason::kLength, .prompt_tokens = 10, .reused_tokens = 4, .new_tokens = 3};
  const std::vector<WrittenReply> replies{{"好", {}, cost}, {"\xff<script>", {}, cost}};
  const json answer = json::parse(ChatWriter(kHead, {}).Whole(replies));
  EXPECT_EQ(answer["object"], "chat.completion");
  EXPECT_EQ(answer["system_fingerprint"], "fp");
  ASSERT_EQ(answer["choices"].size(), 2u);
  EXPECT_EQ(answer["choices"][0]["message"]["content"], "好");
  EXPECT_EQ(answer["choices"][1]["index"], 1);
  EXPECT_EQ(answer["choices"][1]["finish_reason"], "length");
  EXPECT_TRUE(answer["choices"][0]["logprobs"].is_null());
  EXPECT_EQ(answer["usage"]["prompt_tokens"], 10) << "once for all replies";
  EXPECT_EQ(answer["usage"]["completion_tokens"], 6);
  EXPECT_EQ(answer["usage"]["total_tokens"], 16);
  EXPECT_EQ(answer["usage"]["prompt_tokens_details"]["cached_tokens"], 4);
}

TEST(ChatAnswer, LogProbabilities) {
  const std::vector<ReplyToken> tokens{{{"\xe5", -0.5}, {{"好", -INFINITY}}}};
  ChatWriter writer(kHead, {.with_logprobs = true});
  const std::vector<WrittenReply> replies{{"", tokens, {}}};
  const json answer = json::parse(writer.Whole(replies));
  const json& token = answer["choices"][0]["logprobs"]["content"][0];
  EXPECT_EQ(token["logprob"], -0.5);
  EXPECT_EQ(token["bytes"], json::array({0xe5})) << "a part of a character";
  EXPECT_EQ(token["top_logprobs"][0]["token"], "好");
  EXPECT_EQ(token["top_logprobs"][0]["logprob"], -9999);
  const json piece = OneEvent(writer.Piece(0, "", tokens));
  EXPECT_EQ(piece["choices"][0]["logprobs"], answer["choices"][0]["logprobs"]);
  EXPECT_TRUE(OneEvent(writer.Begin(0))["choices"][0]["logprobs"].is_null());
}

TEST(ChatAnswer, Chunks) {
  ChatWriter writer(kHead, {.with_usage = true});
  const json begin = OneEvent(writer.Begin(1));
  EXPECT_EQ(begin["object"], "chat.completion.chunk");
  EXPECT_EQ(begin["choices"][0]["delta"]["role"], "assistant");
  EXPECT_EQ(begin["choices"][0]["index"], 1);
  EXPECT_TRUE(begin["usage"].is_null());
  const json piece = OneEvent(writer.Piece(0, "a\r\nb", {}));
  EXPECT_EQ(piece["choices"][0]["delta"]["content"], "a\r\nb");
  EXPECT_TRUE(piece["choices"][0]["finish_reason"].is_null());
  const json end = OneEvent(writer.End(0, {.finish = FinishReason::kEnd}));
  EXPECT_EQ(end["choices"][0]["finish_reason"], "stop");
  EXPECT_TRUE(end["choices"][0]["delta"].empty());
  const std::vector<ChatAnswer> costs(2, {.prompt_tokens = 2, .new_tokens = 1});
  const auto close = EventsOf(writer.Close(costs));
  ASSERT_EQ(close.size(), 2u);
  EXPECT_TRUE(close[0].second["choices"].empty());
  EXPECT_EQ(close[0].second["usage"]["total_tokens"], 4);
  EXPECT_EQ(close[1].second, "[DONE]");
  ChatWriter short_one(kHead, {});
  EXPECT_FALSE(OneEvent(short_one.Begin(0)).contains("usage"));
  EXPECT_EQ(OneEvent(short_one.Close(costs)), "[DONE]");
}

TEST(ChatAnswer, AnErrorMidway) {
  const auto events = EventsOf(ChatWriter(kHead, {}).Failure({ErrorCode::kCancelled, "", ""}));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].second["error"]["type"], "server_error");
  EXPECT_EQ(events[1].second, "[DONE]");
}

}  // namespace
}  // namespace yixin
