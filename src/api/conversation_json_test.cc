#include "api/conversation_json.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TEST(ConversationJson, GoesThereAndBack) {
  const SavedConversation saved{
      "chat.zh", "你是\"一心\"", {{"你好\n", "你好呀😀", "正面"}, {"<|im_end|>", "", ""}}};
  const auto read = ParseConversation(WriteConversation(saved));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->task, saved.task);
  EXPECT_EQ(read->system, saved.system);
  ASSERT_EQ(read->turns.size(), 2u);
  EXPECT_EQ(read->turns[0].user, "你好\n");
  EXPECT_EQ(read->turns[0].reply, "你好呀😀");
  EXPECT_EQ(read->turns[0].mood, "正面");
  EXPECT_EQ(read->turns[1].user, "<|im_end|>");
  EXPECT_EQ(read->turns[1].mood, "");
}

TEST(ConversationJson, LaterKeysAreLeftAlone) {
  EXPECT_TRUE(ParseConversation(
      R"({"format": "yixin.conversation", "version": 1, "new": {"a": [1]}, "turns": []})"));
}

TEST(ConversationJson, MistakesHaveAPlace) {
  const auto place = [](const std::string& json) {
    const auto read = ParseConversation(json);
    EXPECT_FALSE(read) << json;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidFile);
    return read.error().subject;
  };
  EXPECT_EQ(place(""), "file");
  EXPECT_EQ(place("[]"), "file");
  EXPECT_EQ(place("{"), "file");
  EXPECT_EQ(place(std::string(1000000, '[')), "file");
  EXPECT_EQ(place("{}"), "format");
  EXPECT_EQ(place(R"({"format": "yixin.conversation", "version": 2})"), "version");
  const auto turns = [&](const std::string& value) {
    return place(R"({"format": "yixin.conversation", "version": 1, "turns": )" + value + "}");
  };
  EXPECT_EQ(turns("{}"), "turns");
  EXPECT_EQ(turns("[1]"), "turns[0]");
  EXPECT_EQ(turns(R"([{"user": "a", "reply": "b"}, {"user": "a"}])"), "turns[1].reply");
  EXPECT_EQ(turns(R"([{"user": 1, "reply": "b"}])"), "turns[0].user");
  EXPECT_EQ(turns(R"([{"user": "a", "reply": "b", "mood": []}])"), "turns[0].mood");
  EXPECT_EQ(place("{\"format\": \"yixin.conversation\", \"version\": 1, \"system\": 3}"), "system");
}

}  // namespace
}  // namespace yixin
