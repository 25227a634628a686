// Label and reply out of one computation: the label is that of a whole prompt, the reply that of a
// conversation where nothing was read, and the text's tokens are computed once.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tasks/dialogue.h"
#include "tasks/model_for_test.h"
#include "tasks/task_head.h"
#include "yixin/version.h"

namespace yixin {
namespace {

constexpr std::string_view kChat = R"(name = "c"
mode = "chat"
system = "hello"
[[examples]]
text = "a"
reply = "b"
[limits]
max_new_tokens = 12
timeout_ms = 0
[sampling]
temperature = 1
[mood]
"正面" = "他很高兴"
"中性" = "他很平静"
"好" = "他很好"
)";

// Labels of one token and of more.
constexpr std::string_view kLabels = R"(
[[labels]]
name = "正面"
[[labels]]
name = "中性"
strings = ["中性", "一般", "x"]
[[labels]]
name = "好"
[neutral]
label = "中性"
)";

enum class Asked { kBehind, kNothing, kByAHead };

struct OnePass {
  explicit OnePass(Asked asked = Asked::kBehind, int context = 4096, std::string_view chat = kChat)
      : dialogue(*Dialogue::Create(ParsedTask(chat), test.tokenizer(), test.chat_template(),
                                   *test.engine, context)),
        settings(dialogue.TaskSettings()),
        reader(Make(asked, context)) {}

  Classifier Make(Asked asked, int context) {
    std::string toml = "name = \"r\"\nmode = \"score\"\nin_chat = \"c\"\n";
    if (asked == Asked::kBehind) toml += "system = \"判断\"\n";
    TaskSpec task = ParsedTask(toml + std::string(kLabels));
    task.chat = std::make_shared<const TaskSpec>(dialogue.task());
    auto made =
        Classifier::Create(task, test.tokenizer(), test.chat_template(), *test.engine, context);
    EXPECT_TRUE(made) << made.error().message;
    if (asked != Asked::kByAHead) return *std::move(made);
    auto head = std::make_shared<TaskHead>();
    head->ties = {"", "tiny", made->prompt_hash(), static_cast<uint32_t>(kNumericsVersion)};
    head->labels = {"正面", "中性"};
    head->layers = {1};
    head->hidden = test.model->config().hidden;
    for (int i = 0; i < 2 * head->hidden; ++i) {
      head->weights.push_back(static_cast<float>(i % 7 - 3) / 8);
    }
    head->biases = {0.5f, 0};
    task.head.emplace();
    task.head->head = head;
    made = Classifier::Create(std::move(task), test.tokenizer(), test.chat_template(), *test.engine,
                              context);
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
  }

  ReadRecord Read(const std::string& text) {
    auto read = dialogue.Read(text, reader, settings, {}, nullptr);
    EXPECT_TRUE(read) << read.error().message;
    return *std::move(read);
  }
  ReplyRecord Say(const std::string& text, const std::string& mood = "") {
    auto reply = dialogue.Say(text, mood, settings, {}, nullptr);
    EXPECT_TRUE(reply) << reply.error().message;
    return *std::move(reply);
  }

  TestModel test;
  Dialogue dialogue;
  ReplySettings settings;
  Classifier reader;
};

const std::vector<std::string> kTexts = {"你好", "今天真好 hello", "难吃",
                                         "  a\n longer text of words"};

class OnePassBy : public testing::TestWithParam<Asked> {};
INSTANTIATE_TEST_SUITE_P(Readers, OnePassBy,
                         testing::Values(Asked::kBehind, Asked::kNothing, Asked::kByAHead));

TEST_P(OnePassBy, RepliesAreTheSameBits) {
  for (const bool with_mood : {false, true}) {
    OnePass one(GetParam());
    OnePass two(GetParam());
    for (const std::string& text : kTexts) {
      const std::string label = one.Read(text).decision.label;
      const std::string mood = with_mood ? label : "";
      const ReplyRecord reply = one.Say(text, mood);
      EXPECT_EQ(reply.text, two.Say(text, mood).text);
      EXPECT_EQ(one.dialogue.HistoryIds(), two.dialogue.HistoryIds());
    }
  }
}

TEST_P(OnePassBy, TheFirstLabelIsThatOfABatch) {
  for (const std::string& text : kTexts) {
    OnePass one(GetParam());
    const auto alone = one.reader.Classify(std::span(&text, 1), {}, nullptr);
    ASSERT_TRUE(alone && (*alone)[0]);
    const ReadRecord read = one.Read(text);
    EXPECT_EQ(read.decision.label, (*alone)[0]->label);
    EXPECT_EQ(read.decision.probs, (*alone)[0]->probs) << text;
  }
}

// Whatever the cache holds: two texts that were read and not said, or nothing at all.
TEST_P(OnePassBy, ALaterLabelDoesNotDependOnTheCache) {
  OnePass one(GetParam());
  one.Say(kTexts[0]);
  one.Read(kTexts[1]);
  one.Say(kTexts[2]);
  one.Read(kTexts[1]);
  const ReadRecord warm = one.Read(kTexts[3]);
  one.dialogue.ReleaseCache();
  const ReadRecord cold = one.Read(kTexts[3]);
  EXPECT_EQ(warm.decision.probs, cold.decision.probs);
  EXPECT_GT(warm.reused_tokens, cold.reused_tokens);
  OnePass other(GetParam());
  ASSERT_TRUE(other.dialogue.Restore("", one.dialogue.Turns()));
  EXPECT_EQ(other.Read(kTexts[3]).decision.label, warm.decision.label);
  EXPECT_NE(other.Read(kTexts[0]).decision.probs, warm.decision.probs) << "it must see the text";
}

TEST(OnePass, AHeadCostsNoTokens) {
  OnePass one(Asked::kByAHead);
  OnePass two(Asked::kByAHead);
  for (const std::string& text : kTexts) {
    const uint64_t before = one.test.engine->tokens_computed();
    const uint64_t without = two.test.engine->tokens_computed();
    const ReadRecord read = one.Read(text);
    const ReplyRecord reply = one.Say(text);
    const ReplyRecord alone = two.Say(text);
    EXPECT_EQ(reply.prompt_tokens, 0);
    EXPECT_EQ(read.prompt_tokens, alone.prompt_tokens);
    EXPECT_EQ(read.reused_tokens, alone.reused_tokens);
    EXPECT_EQ(one.test.engine->tokens_computed() - before,
              two.test.engine->tokens_computed() - without);
  }
}

TEST(OnePass, AQuestionBehindTheTextCostsItselfAlone) {
  OnePass one;
  OnePass two;
  const int64_t question = static_cast<int64_t>(one.reader.suffix_tokens());
  int64_t extra = 0;
  for (const std::string& text : kTexts) {
    const ReadRecord read = one.Read(text);
    const ReplyRecord reply = one.Say(text);
    const ReplyRecord alone = two.Say(text);
    EXPECT_LT(reply.prompt_tokens, 8) << "the header of the reply, not the text";
    extra = read.prompt_tokens + reply.prompt_tokens - alone.prompt_tokens;
    // Forks of labels that have more tokens: 正面 and 中性, 一般 in the tiny vocabulary.
    EXPECT_LT(extra, 4 * question) << text;
  }
}

TEST(OnePass, ReadingLeavesTheHistoryAlone) {
  OnePass one;
  OnePass two;
  one.settings.max_new_tokens = two.settings.max_new_tokens = 5;  // may end inside a character
  one.Say(kTexts[0]);
  two.Say(kTexts[0]);
  const std::vector<int32_t> before = one.dialogue.HistoryIds();
  one.Read(kTexts[1]);
  EXPECT_EQ(one.dialogue.HistoryIds(), before);
  EXPECT_EQ(one.dialogue.Turns().size(), 1u);
  const auto more = one.dialogue.More(one.settings, {}, nullptr);
  const auto expected = two.dialogue.More(two.settings, {}, nullptr);
  ASSERT_TRUE(more && expected) << more.error().message;
  EXPECT_EQ(more->text, expected->text);
  one.Read(kTexts[1]);
  EXPECT_EQ(one.Say(kTexts[2]).text, two.Say(kTexts[2]).text) << "another text than was read";
  const auto again = one.dialogue.Retry(one.settings, {}, nullptr);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text, two.dialogue.Retry(two.settings, {}, nullptr)->text);
}

TEST(OnePass, AFullContextForgetsTheSameTurns) {
  OnePass one(Asked::kBehind, 160);
  OnePass two(Asked::kBehind, 160);
  int dropped = 0;
  for (int turn = 0; turn < 12; ++turn) {
    const std::string& text = kTexts[static_cast<size_t>(turn) % kTexts.size()];
    one.Read(text);
    const ReplyRecord reply = one.Say(text);
    EXPECT_EQ(reply.text, two.Say(text).text) << turn;
    dropped += reply.dropped_turns;
  }
  EXPECT_GT(dropped, 0);
  EXPECT_EQ(one.dialogue.HistoryIds(), two.dialogue.HistoryIds());
}

TEST(OnePass, WhatCannotBeRead) {
  OnePass one(Asked::kBehind, 160);
  const auto code = [&](const std::string& text, const StopFlag* stop = nullptr) {
    auto read = one.dialogue.Read(text, one.reader, one.settings, {}, stop);
    EXPECT_FALSE(read) << text;
    return read.error().code;
  };
  EXPECT_EQ(code(""), ErrorCode::kInvalidText);
  EXPECT_EQ(code(" \n"), ErrorCode::kInvalidText);
  EXPECT_EQ(code("\xff"), ErrorCode::kInvalidText);
  EXPECT_EQ(code(std::string(1000, 'a')), ErrorCode::kInvalidText);
  StopFlag stop;
  stop.Request();
  EXPECT_EQ(code("你好", &stop), ErrorCode::kCancelled);
  TaskSpec plain = ParsedTask("name = \"p\"\nmode = \"score\"\n" + std::string(kLabels));
  auto reader = Classifier::Create(plain, one.test.tokenizer(), one.test.chat_template(),
                                   *one.test.engine, 160);
  ASSERT_TRUE(reader);
  EXPECT_EQ(one.dialogue.Read("你好", *reader, one.settings, {}, nullptr).error().code,
            ErrorCode::kInvalidArgument);
  // And nothing of that is left.
  OnePass two(Asked::kBehind, 160);
  EXPECT_EQ(one.Read("你好").decision.probs, two.Read("你好").decision.probs);
  EXPECT_EQ(one.Say("你好").text, two.Say("你好").text);
  // A task whose chat nobody has read.
  plain.in_chat = "c";
  EXPECT_FALSE(Classifier::Create(plain, one.test.tokenizer(), one.test.chat_template(),
                                  *one.test.engine, 160));
}

}  // namespace
}  // namespace yixin
