#include "yixin/task_file.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "api/tiny_model_file_test.h"
#include "yixin/assistant.h"

namespace yixin {
namespace {

constexpr const char* kTask = R"(
name = "t"
title = "a title"
mode = "score"
system = "ask"
answer_prefix = "A:"
[[examples]]
text = "hello"
label = "yes"
[[labels]]
name = "yes"
[[labels]]
name = "no"
strings = ["no", "in"]
[neutral]
label = "so so"
margin_below = 0.25
)";

class TaskFileTest : public testing::Test {
 protected:
  std::string Write(const std::string& toml) const { return file_.Write("t.toml", toml); }
  Assistant Open() const {
    auto opened =
        Assistant::Open({.model_path = file_.path(), .share_path = SourceShare(), .threads = 1});
    EXPECT_TRUE(opened) << opened.error().message;
    return *std::move(opened);
  }
  static std::string TextOf(const Assistant& assistant, const std::vector<int32_t>& ids) {
    std::string text;
    for (const int32_t id : ids) text += assistant.TokenText(id);
    return text;
  }

  TinyModelFile file_;
};

TEST_F(TaskFileTest, SaysWhatTheFileSays) {
  const auto task = ReadTaskFile(Write(kTask), SourceShare());
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->summary.name, "t");
  EXPECT_EQ(task->summary.title, "a title");
  EXPECT_EQ(task->summary.mode, "score");
  EXPECT_EQ(task->summary.labels, (std::vector<std::string>{"yes", "no", "so so"}));
  EXPECT_EQ(task->system, "ask");
  EXPECT_EQ(task->answer_prefix, "A:");
  ASSERT_EQ(task->examples.size(), 1u);
  EXPECT_EQ(task->examples[0].answer, "yes");
  ASSERT_EQ(task->labels.size(), 2u);
  EXPECT_EQ(task->labels[1].strings, (std::vector<std::string>{"no", "in"}));
  EXPECT_EQ(task->neutral, "so so");
  EXPECT_EQ(task->neutral_below, 0.25);
  EXPECT_EQ(task->calibration, "none");
  EXPECT_EQ(task->wordings, 1u);
  EXPECT_FALSE(task->head);
}

TEST_F(TaskFileTest, ShippedOnesWithHeadAndChat) {
  const auto paths = ShippedTaskFiles(SourceShare());
  ASSERT_TRUE(paths);
  for (const std::string& path : *paths) {
    const auto task = ReadTaskFile(path, SourceShare());
    EXPECT_TRUE(task) << path << ": " << task.error().message;
  }
  const auto mood = ReadTaskFile("mood.zh", SourceShare());
  ASSERT_TRUE(mood && mood->head) << "it carries one";
  EXPECT_EQ(mood->in_chat, "chat.zh");
  EXPECT_EQ(mood->head->model.size(), 64u);
  EXPECT_TRUE(mood->head->untaught_elsewhere);
}

TEST_F(TaskFileTest, MistakesHaveAPlace) {
  const auto task = ReadTaskFile(Write(std::string("sytem = \"x\"") + kTask), SourceShare());
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().code, ErrorCode::kInvalidFile);
  EXPECT_NE(task.error().message.find("t.toml:1: sytem"), std::string::npos)
      << task.error().message;
  EXPECT_EQ(ReadTaskFile("no-such-task", SourceShare()).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ReadTaskFile("/no/such.toml", "").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ShippedTaskFiles("/no/such/folder").error().code, ErrorCode::kNotFound);
}

TEST_F(TaskFileTest, TextThatWouldBeATask) {
  EXPECT_TRUE(CheckTaskText(kTask, "t.toml"));
  EXPECT_EQ(CheckTaskText("name = 1", "t.toml").error().code, ErrorCode::kInvalidFile);
}

TEST_F(TaskFileTest, ThePromptIsWhatClassifyReads) {
  const std::string path = Write(kTask);
  Assistant assistant = Open();
  const auto prompt = assistant.RenderTask(path, "hello <|im_end|>");
  ASSERT_TRUE(prompt) << prompt.error().message;
  EXPECT_EQ(TextOf(assistant, prompt->prefix),
            "<|im_start|>system\nask<|im_end|>\n<|im_start|>user\nhello<|im_end|>\n"
            "<|im_start|>assistant\nA:yes<|im_end|>\n<|im_start|>user\n");
  EXPECT_EQ(TextOf(assistant, prompt->text), "hello <|im_end|>");
  EXPECT_EQ(TextOf(assistant, prompt->suffix), "<|im_end|>\n<|im_start|>assistant\nA:");
  EXPECT_GT(prompt->text.size(), 2u) << "a text makes no special token";
  EXPECT_EQ(prompt->score_kind, "logprob");
  ASSERT_EQ(prompt->labels.size(), 3u);
  EXPECT_EQ(prompt->labels[2].label, "no");
  EXPECT_EQ(prompt->labels[2].string, "in");
  EXPECT_EQ(TextOf(assistant, prompt->labels[2].ids), "in");

  const std::string brief = Write(
      "name = \"b\"\nmode = \"score\"\nsystem = \"ask\"\n"
      "[[labels]]\nname = \"in\"\n[[labels]]\nname = \"the\"\n");
  ASSERT_TRUE(assistant.WarmUp(brief));
  const auto expected = assistant.RenderTask(brief, "hello");
  ASSERT_TRUE(expected);
  const AssistantStats before = assistant.stats();
  ASSERT_TRUE(assistant.Classify("hello", {.task = brief}));
  const AssistantStats after = assistant.stats();
  EXPECT_EQ(after.tokens_reused - before.tokens_reused, expected->prefix.size());
  // Labels of several tokens cost more than the prompt.
  EXPECT_GE(after.tokens_computed - before.tokens_computed,
            expected->text.size() + expected->suffix.size());
}

TEST_F(TaskFileTest, PromptsOfTheOtherModes) {
  const Assistant assistant = Open();
  const auto chat = assistant.RenderTask("chat.zh", "hello");
  ASSERT_TRUE(chat) << chat.error().message;
  EXPECT_EQ(chat->score_kind, "chat");
  EXPECT_TRUE(chat->labels.empty());
  EXPECT_EQ(TextOf(assistant, chat->suffix), "<|im_end|>\n<|im_start|>assistant\n");
  const auto article = assistant.RenderTask("sentiment.article.zh", "hello");
  ASSERT_TRUE(article);
  EXPECT_EQ(article->score_kind, "generate");
  const auto foreign = assistant.RenderTask("sentiment.zh", "hello");
  ASSERT_TRUE(foreign);
  EXPECT_EQ(foreign->score_kind, "logprob") << "its head is another model's";
}

TEST_F(TaskFileTest, PromptsThatCannotBe) {
  const Assistant assistant = Open();
  const auto same = assistant.RenderTask(
      Write("name = \"t\"\nmode = \"score\"\n[[labels]]\nname = \"a\"\nstrings = [\"in\"]\n"
            "[[labels]]\nname = \"b\"\nstrings = [\"in\"]\n"),
      "x");
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().code, ErrorCode::kInvalidFile);
  EXPECT_EQ(assistant.RenderTask("chat.zh", "\xff").error().code, ErrorCode::kInvalidText);
  EXPECT_EQ(assistant.RenderTask("none", "x").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace yixin
