#include "server/chat_answer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace yixin {
namespace {

using nlohmann::json;

const AnswerHead kHead{"chatcmpl-1", 5, "tiny", "fp"};

TEST(ChatAnswer, Whole) {
  const ChatAnswer cost{
      .finish = FinishReason::kLength, .prompt_tokens = 10, .reused_tokens = 4, .new_tokens = 3};
  const std::vector<ChosenReply> replies{{"好", nullptr, cost}, {"\xff<script>", nullptr, cost}};
  const json answer = json::parse(ChatAnswerText(kHead, replies));
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
  const auto entries = LogprobEntries(tokens);
  const std::vector<ChosenReply> replies{{"", &entries, {}}};
  const json answer = json::parse(ChatAnswerText(kHead, replies));
  const json& token = answer["choices"][0]["logprobs"]["content"][0];
  EXPECT_EQ(token["logprob"], -0.5);
  EXPECT_EQ(token["bytes"], json::array({0xe5})) << "a part of a character";
  EXPECT_EQ(token["top_logprobs"][0]["token"], "好");
  EXPECT_EQ(token["top_logprobs"][0]["logprob"], -9999);
}

TEST(ChatAnswer, Chunks) {
  const ChunkWriter writer(kHead, true);
  const json begin = json::parse(writer.Begin(1));
  EXPECT_EQ(begin["object"], "chat.completion.chunk");
  EXPECT_EQ(begin["choices"][0]["delta"]["role"], "assistant");
  EXPECT_EQ(begin["choices"][0]["index"], 1);
  EXPECT_TRUE(begin["usage"].is_null());
  const json piece = json::parse(writer.Piece(0, "a\nb", nullptr));
  EXPECT_EQ(piece["choices"][0]["delta"]["content"], "a\nb");
  EXPECT_TRUE(piece["choices"][0]["finish_reason"].is_null());
  EXPECT_EQ(writer.Piece(0, "a\r\nb", nullptr).find('\n'), std::string::npos) << "one line";
  const json end = json::parse(writer.End(0, FinishReason::kEnd));
  EXPECT_EQ(end["choices"][0]["finish_reason"], "stop");
  EXPECT_TRUE(end["choices"][0]["delta"].empty());
  const std::vector<ChatAnswer> costs(2, {.prompt_tokens = 2, .new_tokens = 1});
  const json usage = json::parse(writer.Usage(costs));
  EXPECT_TRUE(usage["choices"].empty());
  EXPECT_EQ(usage["usage"]["total_tokens"], 4);
  EXPECT_FALSE(json::parse(ChunkWriter(kHead, false).Begin(0)).contains("usage"));
}

}  // namespace
}  // namespace yixin
