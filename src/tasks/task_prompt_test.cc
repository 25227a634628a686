#include "tasks/task_prompt.h"

#include <gtest/gtest.h>

#include "tasks/model_for_test.h"

namespace yixin {
namespace {

struct Parts {
  TestVocabulary vocabulary;
  const Tokenizer& tokenizer = vocabulary.tokenizer;
  ChatTemplate chat_template = *ChatTemplate::Recognise("", tokenizer);

  std::vector<int32_t> Ids(std::string_view joined) const {
    return *tokenizer.EncodeWithSpecials(joined);
  }
};

constexpr std::string_view kTask = R"(name = "t"
mode = "score"
system = "判断"
answer_prefix = "情绪："
[[labels]]
name = "正面"
[[labels]]
name = "负面"
strings = ["负面", "不好"]
[[examples]]
text = "hello"
label = "负面"
)";

TEST(TextPrompt, IsTheWholePromptInThreeParts) {
  const Parts parts;
  const auto prompt = EncodeTextPrompt(ParsedTask(kTask), parts.tokenizer, parts.chat_template);
  ASSERT_TRUE(prompt);
  EXPECT_EQ(prompt->prefix,
            parts.Ids("<|im_start|>system\n判断<|im_end|>\n<|im_start|>user\nhello<|im_end|>\n"
                      "<|im_start|>assistant\n情绪：负面<|im_end|>\n<|im_start|>user\n"));
  EXPECT_EQ(prompt->suffix, parts.Ids("<|im_end|>\n<|im_start|>assistant\n情绪："));
}

TEST(TextPrompt, InAChat) {
  const Parts parts;
  TaskSpec task = ParsedTask(
      "name = \"t\"\nmode = \"score\"\nin_chat = \"c\"\nsystem = \"判断\"\nanswer_prefix = \"x\"\n"
      "[[labels]]\nname = \"a\"\n[[labels]]\nname = \"b\"\n");
  task.chat = std::make_shared<const TaskSpec>(
      ParsedTask("name = \"c\"\nmode = \"chat\"\nsystem = \"hello\"\nreply_line_break = false\n"
                 "[[examples]]\ntext = \"y\"\nreply = \"z\"\n"));
  const auto prompt = EncodeTextPrompt(task, parts.tokenizer, parts.chat_template);
  ASSERT_TRUE(prompt);
  EXPECT_EQ(prompt->prefix,
            parts.Ids("<|im_start|>system\nhello<|im_end|>\n<|im_start|>user\ny<|im_end|>\n"
                      "<|im_start|>assistant\nz<|im_end|>\n<|im_start|>user\n"));
  EXPECT_EQ(prompt->suffix, parts.Ids("<|im_end|>\n<|im_start|>system\n判断<|im_end|>\n"
                                      "<|im_start|>assistantx"));
  // A head reads where the chat's reply begins.
  const auto head = EncodeHeadPrompt(task, parts.tokenizer, parts.chat_template);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->prefix, prompt->prefix);
  EXPECT_EQ(head->suffix, parts.Ids("<|im_end|>\n<|im_start|>assistant"));
  EXPECT_NE(PromptHash(*head), PromptHash(*prompt));
}

TEST(TextPrompt, WithoutSystemOrLineBreak) {
  const Parts parts;
  const auto prompt =
      EncodeTextPrompt(ParsedTask("name = \"t\"\nmode = \"score\"\nreply_line_break = false\n"
                                  "[[labels]]\nname = \"a\"\n[[labels]]\nname = \"b\"\n"),
                       parts.tokenizer, parts.chat_template);
  ASSERT_TRUE(prompt);
  EXPECT_EQ(prompt->prefix, parts.Ids("<|im_start|>user\n"));
  EXPECT_EQ(prompt->suffix, parts.Ids("<|im_end|>\n<|im_start|>assistant"));
}

TEST(TextPrompts, EachWordingHasItsOwnWordsAndTheSameExamples) {
  const Parts parts;
  const auto prompts = EncodeTextPrompts(
      ParsedTask(std::string(kTask) + "[[wordings]]\nsystem = \"hello\"\n[[wordings]]\n"),
      parts.tokenizer, parts.chat_template);
  ASSERT_TRUE(prompts);
  ASSERT_EQ(prompts->size(), 3u);
  EXPECT_EQ((*prompts)[0].suffix, parts.Ids("<|im_end|>\n<|im_start|>assistant\n情绪："));
  EXPECT_EQ((*prompts)[1].prefix,
            parts.Ids("<|im_start|>system\nhello<|im_end|>\n<|im_start|>user\nhello<|im_end|>\n"
                      "<|im_start|>assistant\n负面<|im_end|>\n<|im_start|>user\n"));
  EXPECT_EQ((*prompts)[2].prefix,
            parts.Ids("<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n负面<|im_end|>\n"
                      "<|im_start|>user\n"));
  EXPECT_EQ((*prompts)[1].suffix, (*prompts)[2].suffix);
}

// System prompts, examples and answers are data: what they spell stays text.
TEST(TextPrompt, SpelledSpecialsStayText) {
  const Parts parts;
  TaskSpec task = ParsedTask(kTask);
  const auto count = [&](const TaskSpec& spec) {
    const auto prompt = EncodeTextPrompt(spec, parts.tokenizer, parts.chat_template);
    size_t specials = 0;
    for (const auto* ids : {&prompt->prefix, &prompt->suffix}) {
      for (const int32_t id : *ids) specials += parts.tokenizer.IsSpecial(id) ? 1 : 0;
    }
    return specials;
  };
  const size_t own = count(task);
  for (const std::string spelled : {"<|im_end|>", "<|im_start|>system\n", "<tool_call>"}) {
    task.system += spelled;
    task.answer_prefix += spelled;
    task.examples[0].text += spelled;
    task.labels[1].strings[0] += spelled;
  }
  EXPECT_EQ(count(task), own);
  const auto strings = *EncodeLabels(task, parts.tokenizer);
  for (const LabelString& string : strings) {
    for (const int32_t id : string.ids) EXPECT_FALSE(parts.tokenizer.IsSpecial(id));
  }
}

TEST(ChatPrefix, SystemAndExamples) {
  const Parts parts;
  const TaskSpec task = ParsedTask(
      "name = \"c\"\nmode = \"chat\"\nsystem = \"x\"\n[[examples]]\ntext = \"a\"\nreply = \"b\"\n");
  EXPECT_EQ(*EncodeChatPrefix(task, "hello", parts.tokenizer, parts.chat_template),
            parts.Ids("<|im_start|>system\nhello<|im_end|>\n<|im_start|>user\na<|im_end|>\n"
                      "<|im_start|>assistant\nb<|im_end|>\n"));
  EXPECT_EQ(*EncodeChatPrefix(task, "", parts.tokenizer, parts.chat_template),
            parts.Ids("<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb<|im_end|>\n"));
}

TEST(EncodeLabels, EachStringOnItsOwn) {
  const Parts parts;
  const auto strings = EncodeLabels(ParsedTask(kTask), parts.tokenizer);
  ASSERT_TRUE(strings);
  ASSERT_EQ(strings->size(), 3u);
  EXPECT_EQ((*strings)[0].ids.size(), 1u) << "正面 is one token";
  EXPECT_EQ((*strings)[2].label, 1u);
  EXPECT_EQ((*strings)[2].ids, *parts.tokenizer.EncodeText("不好"));
}

TEST(EncodeLabels, TheSameIdsAreAnErrorWithLineAndKey) {
  const Parts parts;
  // NFC makes them one: e and U+0301 are é.
  const TaskSpec task = ParsedTask(
      "name = \"t\"\nmode = \"score\"\n[[labels]]\nname = \"\\u00e9\"\n\n[[labels]]\n"
      "name = \"e\\u0301\"\n");
  const auto strings = EncodeLabels(task, parts.tokenizer);
  ASSERT_FALSE(strings);
  EXPECT_EQ(strings.error().code, ErrorCode::kInvalidFile);
  EXPECT_EQ(strings.error().subject, "labels[1].strings");
  EXPECT_EQ(strings.error().message.rfind("test.toml:6: labels[1].strings: ", 0), 0u)
      << strings.error().message;
}

TEST(EncodeLabels, AnAbsurdlyLongLabelIsRefused) {
  const Parts parts;
  TaskSpec task = ParsedTask(kTask);
  for (int i = 0; i < 100; ++i) task.labels[0].strings[0] += std::to_string(i);
  EXPECT_FALSE(EncodeLabels(task, parts.tokenizer));
}

}  // namespace
}  // namespace yixin
