#include "server/responses_answer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "server/event_text_test.h"

namespace yixin {
namespace {

using nlohmann::json;

const AnswerHead kHead{"resp_1", 5, "tiny", "fp"};

TEST(ResponsesAnswer, Whole) {
  ResponsesWriter writer(kHead,
                         {.instructions = "i", .temperature = 0.5, .metadata = {{"a", "b"}}});
  const ChatAnswer answer{.prompt_tokens = 10, .reused_tokens = 4, .new_tokens = 3};
  const std::vector<WrittenReply> replies{{"好\xff", {}, answer}};
  const json response = json::parse(writer.Whole(replies));
  EXPECT_EQ(response["id"], "resp_1");
  EXPECT_EQ(response["object"], "response");
  EXPECT_EQ(response["status"], "completed");
  EXPECT_EQ(response["output"], json::parse(R"([{"id": "msg_1", "type": "message",
      "status": "completed", "role": "assistant",
      "content": [{"type": "output_text", "text": "好�", "annotations": []}]}])"));
  EXPECT_EQ(response["usage"]["input_tokens_details"]["cached_tokens"], 4);
  EXPECT_EQ(response["usage"]["total_tokens"], 13);
  EXPECT_EQ(response["instructions"], "i");
  EXPECT_EQ(response["temperature"], 0.5);
  EXPECT_TRUE(response["top_p"].is_null() && response["error"].is_null());
  EXPECT_EQ(response["metadata"], json::parse(R"({"a": "b"})"));
  EXPECT_EQ(response["truncation"], "disabled");
}

TEST(ResponsesAnswer, OneThatWasCut) {
  const ChatAnswer answer{.finish = FinishReason::kLength};
  const std::vector<WrittenReply> replies{{"a", {}, answer}};
  const json response = json::parse(ResponsesWriter(kHead, {}).Whole(replies));
  EXPECT_EQ(response["status"], "incomplete");
  EXPECT_EQ(response["incomplete_details"]["reason"], "max_output_tokens");
  EXPECT_EQ(response["output"][0]["status"], "incomplete");
}

TEST(ResponsesAnswer, Events) {
  ResponsesWriter writer(kHead, {});
  const ChatAnswer answer{.prompt_tokens = 10, .new_tokens = 2};
  std::string bytes = writer.Begin(0);
  bytes += writer.Piece(0, "a\n", {});
  bytes += writer.Piece(0, "b", {});
  bytes += writer.End(0, answer);
  bytes += writer.Close({&answer, 1});
  const auto events = EventsOf(bytes);
  std::vector<std::string> names;
  for (const auto& [name, data] : events) {
    EXPECT_EQ(data["type"], name);
    EXPECT_EQ(data["sequence_number"], names.size());
    names.push_back(name.substr(9));
  }
  EXPECT_EQ(names, (std::vector<std::string>{
                       "created", "in_progress", "output_item.added", "content_part.added",
                       "output_text.delta", "output_text.delta", "output_text.done",
                       "content_part.done", "output_item.done", "completed"}));
  EXPECT_EQ(events[0].second["response"]["status"], "in_progress");
  EXPECT_TRUE(events[0].second["response"]["output"].empty());
  EXPECT_EQ(events[4].second["delta"], "a\n");
  EXPECT_EQ(events[4].second["item_id"], events[2].second["item"]["id"]);
  EXPECT_EQ(events[6].second["text"], "a\nb");
  EXPECT_EQ(events[9].second["response"]["output"][0], events[8].second["item"]);
  const std::vector<WrittenReply> replies{{"a\nb", {}, answer}};
  EXPECT_EQ(events[9].second["response"], json::parse(ResponsesWriter(kHead, {}).Whole(replies)));
}

TEST(ResponsesAnswer, AnErrorMidway) {
  ResponsesWriter writer(kHead, {});
  writer.Begin(0);
  const auto events = EventsOf(writer.Failure({ErrorCode::kCancelled, "", ""}));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].first, "response.failed");
  EXPECT_EQ(events[0].second["sequence_number"], 4);
  EXPECT_EQ(events[0].second["response"]["status"], "failed");
  EXPECT_EQ(events[0].second["response"]["error"]["code"], "server_error");
}

}  // namespace
}  // namespace yixin
