#include "server/completion_answer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "server/event_text_test.h"

namespace yixin {
namespace {

using nlohmann::json;

const AnswerHead kHead{"cmpl-1", 5, "tiny", "fp"};
const std::vector<ReplyToken> kTokens{
    {{"好x", -0.5}, {{"好x", -0.5}, {"b", -1}}},
    {{"\xe5\xa5", -INFINITY}, {{"c", -0.25}}},
    {{"\xbd", -2}, {}},
};

TEST(CompletionAnswer, Whole) {
  const ChatAnswer cost{
      .finish = FinishReason::kLength, .prompt_tokens = 10, .reused_tokens = 4, .new_tokens = 3};
  CompletionWriter writer(kHead, {.replies_of_a_prompt = 2}, {"a ", "a ", "b ", "b "});
  const std::vector<WrittenReply> replies(4, {"好\xff", {}, cost});
  const json answer = json::parse(writer.Whole(replies));
  EXPECT_EQ(answer["object"], "text_completion");
  EXPECT_EQ(answer["choices"][2], json::parse(R"({"index": 2, "text": "b 好�", "logprobs": null,
                                                  "finish_reason": "length"})"));
  EXPECT_EQ(answer["usage"]["prompt_tokens"], 20) << "two prompts";
  EXPECT_EQ(answer["usage"]["completion_tokens"], 12);
  EXPECT_EQ(answer["usage"]["prompt_tokens_details"]["cached_tokens"], 8);
}

TEST(CompletionAnswer, LogProbabilities) {
  size_t offset = 0;
  EXPECT_EQ(json(LegacyLogprobs(kTokens, &offset)), json::parse(R"({
      "tokens": ["好x", "bytes:\\xe5\\xa5", "bytes:\\xbd"], "token_logprobs": [-0.5, -9999.0, -2.0],
      "top_logprobs": [{"好x": -0.5, "b": -1.0}, {"c": -0.25, "bytes:\\xe5\\xa5": -9999.0},
                       {"bytes:\\xbd": -2.0}], "text_offset": [0, 2, 3]})"));
  EXPECT_EQ(offset, 3u);
}

TEST(CompletionAnswer, Chunks) {
  CompletionWriter writer(kHead, {.with_logprobs = true, .with_usage = true}, {"", ""});
  EXPECT_EQ(writer.Begin(0), "") << "nothing to echo";
  std::string bytes = writer.Piece(1, "好x", std::span(kTokens).first(1));
  bytes += writer.Piece(1, "", std::span(kTokens).subspan(1));
  bytes += writer.End(1, {});
  bytes += writer.Close({});
  const auto events = EventsOf(bytes);
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[0].second["object"], "text_completion");
  EXPECT_EQ(events[0].second["choices"][0]["text"], "好x");
  EXPECT_TRUE(events[0].second["choices"][0]["finish_reason"].is_null());
  EXPECT_EQ(events[1].second["choices"][0]["logprobs"]["text_offset"], json::array({2, 3}));
  EXPECT_EQ(events[2].second["choices"][0]["finish_reason"], "stop");
  EXPECT_TRUE(events[3].second["choices"].empty());
  EXPECT_EQ(events[4].second, "[DONE]");
}

TEST(CompletionAnswer, AnEchoIsTheFirstChunk) {
  CompletionWriter writer(kHead, {}, {"a prompt"});
  const auto events = EventsOf(writer.Begin(0));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].second["choices"][0]["text"], "a prompt");
}

}  // namespace
}  // namespace yixin
