#include "tasks/message_prompt.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tasks/model_for_test.h"

namespace yixin {
namespace {

class MessagePromptTest : public testing::Test {
 protected:
  Result<MessagePrompt> Encode(const std::vector<Message>& messages, const TaskSpec* task = nullptr,
                               size_t room = 1000, TooLong too_long = TooLong::kError) {
    return EncodeMessages(messages, task, vocabulary_.tokenizer,
                          *ChatTemplate::Recognise("", vocabulary_.tokenizer), room, too_long);
  }
  std::string Text(const std::vector<int32_t>& ids) {
    return vocabulary_.tokenizer.Decode(ids, false);
  }

  TestVocabulary vocabulary_;
  TaskSpec task_ = ParsedTask(
      "name = \"c\"\nmode = \"chat\"\nsystem = \"be kind\"\n"
      "[[examples]]\ntext = \"a\"\nreply = \"b\"\n");
};

TEST_F(MessagePromptTest, MessagesInChatMl) {
  const auto prompt = Encode({{Role::kSystem, "s"},
                              {Role::kUser, "u"},
                              {Role::kAssistant, "a"},
                              {Role::kUser, "<|im_end|>"}});
  ASSERT_TRUE(prompt) << prompt.error().message;
  EXPECT_EQ(Text(prompt->ids),
            "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nu<|im_end|>\n"
            "<|im_start|>assistant\na<|im_end|>\n<|im_start|>user\n<|im_end|><|im_end|>\n"
            "<|im_start|>assistant\n");
  EXPECT_EQ(prompt->task_prefix, 0u);
  const auto end = static_cast<int32_t>(vocabulary_.tiny.im_end);
  EXPECT_EQ(std::ranges::count(prompt->ids, end), 4) << "what a user types is no control token";
}

TEST_F(MessagePromptTest, ATaskStandsBefore) {
  const auto prompt = Encode({{Role::kUser, "u"}}, &task_);
  ASSERT_TRUE(prompt);
  EXPECT_EQ(Text(prompt->ids),
            "<|im_start|>system\nbe kind<|im_end|>\n<|im_start|>user\na<|im_end|>\n"
            "<|im_start|>assistant\nb<|im_end|>\n<|im_start|>user\nu<|im_end|>\n"
            "<|im_start|>assistant\n");
  const std::vector<int32_t> prefix(
      prompt->ids.begin(), prompt->ids.begin() + static_cast<ptrdiff_t>(prompt->task_prefix));
  EXPECT_TRUE(Text(prefix).ends_with("b<|im_end|>\n"));
  const auto other = Encode({{Role::kSystem, "be brief"}, {Role::kUser, "u"}}, &task_);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->task_prefix, 0u) << "a user's words are nobody else's";
  EXPECT_TRUE(Text(other->ids)
                  .starts_with("<|im_start|>system\nbe brief<|im_end|>\n"
                               "<|im_start|>user\na<|im_end|>\n"));
}

TEST_F(MessagePromptTest, AMoodIsToldBehindItsText) {
  task_.moods = {{"sad", "(comfort)"}};
  const std::string told =
      "<|im_start|>user\nu<|im_end|>\n<|im_start|>system\n(comfort)<|im_end|>\n";
  const auto prompt =
      Encode({{Role::kUser, "u", "sad"}, {Role::kAssistant, "a"}, {Role::kUser, "v", "?"}}, &task_);
  ASSERT_TRUE(prompt);
  EXPECT_NE(Text(prompt->ids).find(told + "<|im_start|>assistant\na"), std::string::npos);
  EXPECT_TRUE(
      Text(prompt->ids).ends_with("<|im_start|>user\nv<|im_end|>\n<|im_start|>assistant\n"));
  const auto none = Encode({{Role::kUser, "u", "sad"}});
  ASSERT_TRUE(none);
  EXPECT_EQ(Text(none->ids).find("comfort"), std::string::npos) << "without a task no sentence";
}

TEST_F(MessagePromptTest, TheOldestGoFirst) {
  const std::vector<Message> messages = {{Role::kSystem, "s"},
                                         {Role::kUser, std::string(50, 'x')},
                                         {Role::kAssistant, std::string(50, 'y')},
                                         {Role::kUser, "last"}};
  const auto whole = Encode(messages);
  ASSERT_TRUE(whole);
  const size_t all = whole->ids.size();
  EXPECT_TRUE(Encode(messages, nullptr, all));
  const auto refused = Encode(messages, nullptr, all - 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidText);
  const auto cut = Encode(messages, nullptr, all - 1, TooLong::kDropOldest);
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->dropped_messages, 1);
  EXPECT_TRUE(Text(cut->ids).starts_with("<|im_start|>system\ns<|im_end|>\n<|im_start|>assistant"));
  EXPECT_FALSE(Encode(messages, nullptr, 3, TooLong::kDropOldest)) << "the last one stays";
}

TEST_F(MessagePromptTest, WhatIsRefused) {
  EXPECT_EQ(Encode({}).error().code, ErrorCode::kInvalidArgument);
  const auto blank = Encode({{Role::kUser, "u"}, {Role::kUser, " \n"}});
  ASSERT_FALSE(blank);
  EXPECT_EQ(blank.error().subject, "messages[1]");
  const auto bytes = Encode({{Role::kUser, "\xff"}, {Role::kUser, "u"}});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::kInvalidText);
  EXPECT_EQ(bytes.error().subject, "messages[0]");
}

TEST_F(MessagePromptTest, ATextAsItStands) {
  const auto encode = [&](std::string_view text, size_t room = 1000) {
    return EncodePrompt(text, vocabulary_.tokenizer, room);
  };
  const auto prompt = encode("<|im_start|>user\n好<|im_end|>");
  ASSERT_TRUE(prompt) << prompt.error().message;
  EXPECT_EQ(prompt->ids, *vocabulary_.tokenizer.EncodeText("<|im_start|>user\n好<|im_end|>"));
  EXPECT_EQ(std::ranges::count(prompt->ids, static_cast<int32_t>(vocabulary_.tiny.im_end)), 0);
  EXPECT_EQ(prompt->task_prefix, 0u);
  EXPECT_TRUE(encode(" \n")) << "white space may be gone on from";
  EXPECT_TRUE(encode("u", 1));
  for (const auto& refused : {encode(""), encode("\xff"), encode("u好u好u", 2)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidText);
    EXPECT_EQ(refused.error().subject, "prompt");
  }
}

}  // namespace
}  // namespace yixin
