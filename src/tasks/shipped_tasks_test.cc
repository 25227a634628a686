// The tasks of share/tasks: they parse, say what the issue asks of them, and whatever a person, a
// file or the history spells, the special tokens of a prompt are the template's own.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "tasks/dialogue.h"
#include "tasks/model_for_test.h"
#include "tasks/task_prompt.h"
#include "tasks/task_spec.h"
#include "tokenizer/normalize.h"

namespace yixin {
namespace {

std::vector<TaskSpec> ShippedTasks() {
  std::vector<TaskSpec> tasks;
  const std::filesystem::path folder = std::string(YIXIN_SOURCE_DIR) + "/share/tasks";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;  // a head
    auto task = LoadTask(entry.path());
    EXPECT_TRUE(task) << task.error().message;
    if (!task) continue;
    EXPECT_EQ(task->name, entry.path().stem().string());
    EXPECT_NE(task->title, task->name) << "a title is for people";
    tasks.push_back(*std::move(task));
  }
  return tasks;
}

TaskSpec Shipped(const std::string& name) {
  auto tasks = ShippedTasks();
  const auto found = std::find_if(tasks.begin(), tasks.end(),
                                  [&](const TaskSpec& task) { return task.name == name; });
  EXPECT_NE(found, tasks.end()) << name;
  return *found;
}

std::vector<std::string> LabelNames(const TaskSpec& task) {
  std::vector<std::string> names;
  for (const TaskLabel& label : task.labels) names.push_back(label.name);
  return names;
}

TEST(ShippedTasks, TheArticleToTheLetter) {
  const TaskSpec sentiment = Shipped("sentiment.article.zh");
  EXPECT_EQ(sentiment.mode, TaskMode::kGenerate);
  EXPECT_EQ(sentiment.system,
            "你是一个冷酷的情感分析师。你的任务是对用户的每一条消息进行严格的情绪判断。\n"
            "只允许输出两种结果:正面 或 负面。\n"
            "禁止解释、禁止道歉、禁止扩展回答。\n"
            "输出格式必须为:情绪类别:<正面/负面>");
  EXPECT_FALSE(sentiment.reply_line_break);
  EXPECT_EQ(sentiment.max_new_tokens, 10);
  EXPECT_EQ(LabelNames(sentiment), (std::vector<std::string>{"正面", "负面"}));
  EXPECT_EQ(sentiment.neutral->label, "中性");

  const TaskSpec chat = Shipped("chat.article.zh");
  EXPECT_EQ(chat.system, "你现在是一位温暖、乐于助人的AI助手。");
  EXPECT_EQ(chat.max_new_tokens, 128);
  EXPECT_EQ(chat.timeout_ms, 10000);
  EXPECT_EQ(chat.repeated_sentences, 0);
  EXPECT_EQ(chat.sampling.temperature, 0.7f);
  EXPECT_EQ(chat.sampling.top_p, 0.9f);
  EXPECT_EQ(chat.sampling.top_k, 50);
  EXPECT_EQ(chat.sampling.min_p, 0);
  EXPECT_EQ(chat.sampling.repeat_penalty, 1);
}

TEST(ShippedTasks, OurOwn) {
  for (const char* name : {"sentiment.zh", "sentiment.en", "intent.zh", "urgency.zh"}) {
    const TaskSpec task = Shipped(name);
    EXPECT_EQ(task.mode, TaskMode::kScore);
    EXPECT_TRUE(task.reply_line_break);
  }
  EXPECT_EQ(Shipped("mood.zh").in_chat, "chat.zh");
  for (const char* name : {"chat.zh", "chat.en", "service.zh"}) {
    const TaskSpec task = Shipped(name);
    EXPECT_EQ(task.mode, TaskMode::kChat);
    EXPECT_EQ(task.max_new_tokens, 128);
    EXPECT_EQ(task.timeout_ms, 10000);
    EXPECT_EQ(task.repeated_sentences, 3);
  }
  std::vector<std::string> moods;
  for (const auto& [label, sentence] : Shipped("service.zh").moods) moods.push_back(label);
  EXPECT_EQ(moods, (std::vector<std::string>{"正面", "负面", "中性"}));
}

size_t Specials(const Tokenizer& tokenizer, std::span<const int32_t> ids) {
  return static_cast<size_t>(
      std::count_if(ids.begin(), ids.end(), [&](int32_t id) { return tokenizer.IsSpecial(id); }));
}

// Any text: every character, and every added token spelled out, whole or in parts.
std::string AnyText(const TestVocabulary& vocabulary) {
  std::vector<std::string> spelled;
  for (int32_t id = 0; id < vocabulary.tokenizer.vocabulary_size(); ++id) {
    if (vocabulary.tokenizer.IsSpecial(id)) {
      spelled.emplace_back(vocabulary.tokenizer.TokenBytes(id));
    }
  }
  std::string text;
  const int pieces = *rc::gen::inRange(0, 12);
  for (int i = 0; i < pieces; ++i) {
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        text += *rc::gen::elementOf(spelled);
        break;
      case 1: {
        const std::string whole = *rc::gen::elementOf(spelled);
        text += whole.substr(static_cast<size_t>(*rc::gen::inRange<int>(0, 5)));
        break;
      }
      case 2:
        text +=
            *rc::gen::elementOf(std::vector<std::string>{"\n", " ", "\r\n", "system\n", "正面"});
        break;
      default: {
        const int c = *rc::gen::inRange(1, 0x10ffff);
        AppendUtf8(static_cast<char32_t>(c >= 0xd800 && c < 0xe000 ? 'x' : c), text);
      }
    }
  }
  return text;
}

TEST(ShippedTasks, TextsOfClassificationAreText) {
  const TestVocabulary vocabulary;
  const Tokenizer& tokenizer = vocabulary.tokenizer;
  const auto chat_template = *ChatTemplate::Recognise("", tokenizer);
  for (TaskSpec task : ShippedTasks()) {
    if (task.mode == TaskMode::kChat || !task.in_chat.empty()) continue;
    // An example more, to spell things in.
    task.examples.push_back({"x", task.labels[0].name});
    const auto own = *EncodeTextPrompt(task, tokenizer, chat_template);
    const size_t own_specials = Specials(tokenizer, own.prefix) + Specials(tokenizer, own.suffix);
    // The system prompt, where there is one: two; an example: four; the text and the reply's
    // header: three.
    const size_t of_system = task.system.empty() ? 0 : 2;
    EXPECT_EQ(own_specials, of_system + 4 * task.examples.size() + 3) << task.name;
    EXPECT_TRUE(rc::check(task.name, [&] {
      task.examples.back().text = AnyText(vocabulary);
      const std::string text = AnyText(vocabulary);
      const auto prompt = *EncodeTextPrompt(task, tokenizer, chat_template);
      const auto ids = *tokenizer.EncodeText(text);
      RC_ASSERT(Specials(tokenizer, prompt.prefix) + Specials(tokenizer, prompt.suffix) ==
                own_specials);
      RC_ASSERT(Specials(tokenizer, ids) == 0u);
      RC_ASSERT(tokenizer.Decode(ids, /*skip_special=*/false) == NormalizeNfc(text));
      const std::string prefix = tokenizer.Decode(prompt.prefix, /*skip_special=*/true);
      RC_ASSERT(prefix.find(NormalizeNfc(task.examples.back().text)) != std::string::npos);
    }));
  }
}

TEST(ShippedTasks, WhatIsAskedBehindATextIsText) {
  const TestVocabulary vocabulary;
  const Tokenizer& tokenizer = vocabulary.tokenizer;
  const auto chat_template = *ChatTemplate::Recognise("", tokenizer);
  TaskSpec task = Shipped("mood.zh");
  const TaskSpec chat = Shipped(task.in_chat);
  EXPECT_TRUE(rc::check([&] {
    TaskSpec spelled = chat;
    spelled.examples.push_back({AnyText(vocabulary), AnyText(vocabulary)});
    task.chat = std::make_shared<const TaskSpec>(spelled);
    task.system = "x" + AnyText(vocabulary);
    task.answer_prefix = AnyText(vocabulary);
    const auto prompt = *EncodeTextPrompt(task, tokenizer, chat_template);
    // The chat's system prompt: two; an example: four; the text, what is asked, the header: five.
    RC_ASSERT(Specials(tokenizer, prompt.prefix) + Specials(tokenizer, prompt.suffix) ==
              2 + 4 * spelled.examples.size() + 5);
    const auto head = *EncodeHeadPrompt(task, tokenizer, chat_template);
    RC_ASSERT(head.prefix == prompt.prefix);
    RC_ASSERT(Specials(tokenizer, head.suffix) == 2u);
  }));
}

TEST(ShippedTasks, HistoriesOfConversationsAreText) {
  TestModel test;
  const Tokenizer& tokenizer = test.tokenizer();
  for (TaskSpec task : ShippedTasks()) {
    if (task.mode != TaskMode::kChat) continue;
    task.examples.push_back({"<|im_end|>", "<|im_start|>"});
    const bool has_mood = !task.moods.empty();
    Dialogue dialogue =
        *Dialogue::Create(task, tokenizer, test.chat_template(), *test.engine, 4096);
    // system and the examples; two turns of which the last is not closed; a mood in each.
    const size_t own = 2 + 4 * task.examples.size() + (4 + 3) + (has_mood ? 4 : 0);
    EXPECT_TRUE(rc::check(task.name, [&] {
      const std::string system = AnyText(test.vocabulary);
      std::vector<ChatTurnText> turns;
      for (int i = 0; i < 2; ++i) {
        turns.push_back({AnyText(test.vocabulary), AnyText(test.vocabulary), "正面"});
      }
      RC_PRE(dialogue.Restore(system, turns).has_value());
      const auto ids = dialogue.HistoryIds();
      RC_ASSERT(Specials(tokenizer, ids) == own);
      const std::string told = tokenizer.Decode(ids, /*skip_special=*/true);
      for (const ChatTurnText& turn : turns) {
        RC_ASSERT(told.find(NormalizeNfc(turn.user)) != std::string::npos);
        RC_ASSERT(told.find(NormalizeNfc(turn.reply)) != std::string::npos);
      }
    }));
  }
}

}  // namespace
}  // namespace yixin
