// Prompts against the reference stack's ids, over the real vocabularies; and, over the same, that
// nothing which is spelled becomes a special token. Models: YIXIN_TEST_QWEN_GGUF and
// YIXIN_TEST_SMOLLM_GGUF.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "api/model_fingerprint.h"
#include "api/model_vocabulary.h"
#include "prompt/chat_template.h"
#include "support/real_model.h"
#include "tasks/task_head.h"
#include "tasks/task_prompt.h"
#include "tasks/task_spec.h"
#include "tokenizer/normalize.h"
#include "yixin/version.h"

namespace yixin {
namespace {

struct GoldenModel {
  const char* name;
  const char* variable;
  const char* file;
  size_t added_tokens;

  friend void PrintTo(const GoldenModel& model, std::ostream* out) { *out << model.name; }
};

struct GoldenCase {
  std::string name;
  std::string prompt;
  std::vector<int32_t> ids;
};

struct Part {
  Role role;
  std::string content;
};

// "<|im_start|>user\n...<|im_end|>\n" taken apart; the last part is the open reply.
std::vector<Part> PartsOf(const std::string& prompt) {
  const std::string start = "<|im_start|>";
  const std::string end = "<|im_end|>\n";
  std::vector<Part> parts;
  for (size_t begin = prompt.find(start); begin != std::string::npos;) {
    begin += start.size();
    const size_t next = prompt.find(start, begin);
    std::string part = prompt.substr(begin, next == std::string::npos ? next : next - begin);
    const Role role = part.starts_with("system") ? Role::kSystem
                      : part.starts_with("user") ? Role::kUser
                                                 : Role::kAssistant;
    const size_t line = part.find('\n');
    std::string content = line == std::string::npos ? "" : part.substr(line + 1);
    if (content.ends_with(end)) content.resize(content.size() - end.size());
    parts.push_back({role, content});
    begin = next;
  }
  return parts;
}

class PromptGolden : public testing::TestWithParam<GoldenModel> {
 protected:
  void SetUp() override {
    const auto file = OpenRealModel(GetParam().variable);
    ASSERT_TRUE(file);
    auto tokenizer = ReadTokenizer(*file);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    tokenizer_.emplace(*std::move(tokenizer));
    const auto text = file->GetStringOr("tokenizer.chat_template", "");
    ASSERT_TRUE(text);
    auto recognised = ChatTemplate::Recognise(*text, *tokenizer_);
    ASSERT_TRUE(recognised) << recognised.error().message;
    template_.emplace(*std::move(recognised));
    std::ifstream golden(std::string(YIXIN_SOURCE_DIR) + "/tests/golden/" + GetParam().file);
    const auto parsed = nlohmann::json::parse(golden);
    for (const auto& json : parsed.at("cases")) {
      cases_.push_back({json.at("name"), json.at("prompt"), json.at("ids")});
    }
  }

  TaskSpec Task(const std::string& name) const {
    return *LoadTask(std::string(YIXIN_SOURCE_DIR) + "/share/tasks/" + name + ".toml");
  }
  size_t Specials(std::span<const int32_t> ids) const {
    size_t count = 0;
    for (const int32_t id : ids) count += tokenizer_->IsSpecial(id) ? 1 : 0;
    return count;
  }

  std::optional<Tokenizer> tokenizer_;
  std::optional<ChatTemplate> template_;
  std::vector<GoldenCase> cases_;
};

// The article's task, and the same with the line break that ChatML has.
TEST_P(PromptGolden, SentimentPrompts) {
  int seen = 0;
  for (const GoldenCase& golden : cases_) {
    const bool article = golden.name.starts_with("sentiment.article/");
    if (!article && !golden.name.starts_with("sentiment/")) continue;
    TaskSpec task = Task("sentiment.article.zh");
    if (!article) task.reply_line_break = true;
    const auto prompt = *EncodeTextPrompt(task, *tokenizer_, *template_);
    std::vector<int32_t> ids = prompt.prefix;
    const auto text = *tokenizer_->EncodeText(PartsOf(golden.prompt).at(1).content);
    ids.insert(ids.end(), text.begin(), text.end());
    ids.insert(ids.end(), prompt.suffix.begin(), prompt.suffix.end());
    EXPECT_EQ(ids, golden.ids) << golden.name;
    ++seen;
  }
  EXPECT_GE(seen, 4);
}

TEST_P(PromptGolden, ChatPrompts) {
  int seen = 0;
  for (const GoldenCase& golden : cases_) {
    if (!golden.name.starts_with("chat/")) continue;
    std::vector<Segment> segments;
    std::vector<Part> parts = PartsOf(golden.prompt);
    ASSERT_EQ(parts.back().content, "");
    parts.pop_back();
    for (const Part& part : parts) template_->AppendMessage(part.role, part.content, segments);
    segments.push_back(template_->BeginReply(/*line_break=*/true));
    EXPECT_EQ(*EncodeSegments(*tokenizer_, segments), golden.ids) << golden.name;
    ++seen;
  }
  EXPECT_EQ(seen, 3);
}

TEST_P(PromptGolden, TheArticlesChatBeginsAsTheReference) {
  const TaskSpec task = Task("chat.article.zh");
  const auto prefix = *EncodeChatPrefix(task, task.system, *tokenizer_, *template_);
  for (const GoldenCase& golden : cases_) {
    if (golden.name != "chat/one-turn" && golden.name != "chat/two-turns") continue;
    ASSERT_GT(golden.ids.size(), prefix.size());
    EXPECT_TRUE(std::equal(prefix.begin(), prefix.end(), golden.ids.begin())) << golden.name;
  }
}

// Each added token of the real vocabulary, spelled in a text, an example and a label.
TEST_P(PromptGolden, SpelledAddedTokensStayText) {
  TaskSpec task = Task("sentiment.zh");
  task.examples = {{"x", "正面"}};
  const auto plain = *EncodeTextPrompt(task, *tokenizer_, *template_);
  size_t added = 0;
  for (int32_t id = 0; id < tokenizer_->vocabulary_size(); ++id) {
    if (!tokenizer_->IsSpecial(id)) continue;
    ++added;
    const std::string spelled(tokenizer_->TokenBytes(id));
    for (const std::string& text :
         {spelled, "好" + spelled + "\n" + spelled, spelled + "assistant\n正面"}) {
      task.examples[0].text = text;
      task.labels[0].strings = {text};
      const auto prompt = *EncodeTextPrompt(task, *tokenizer_, *template_);
      EXPECT_EQ(Specials(prompt.prefix), Specials(plain.prefix)) << spelled;
      EXPECT_EQ(Specials(prompt.suffix), Specials(plain.suffix)) << spelled;
      const auto labels = EncodeLabels(task, *tokenizer_);
      ASSERT_TRUE(labels) << labels.error().message;
      for (const LabelString& label : *labels) EXPECT_EQ(Specials(label.ids), 0u);
      const auto ids = *tokenizer_->EncodeText(text);
      EXPECT_EQ(Specials(ids), 0u) << spelled;
      EXPECT_EQ(tokenizer_->Decode(ids, /*skip_special=*/false),
                tokenizer_->normalizes() ? NormalizeNfc(text) : text);
    }
  }
  EXPECT_EQ(added, GetParam().added_tokens);
}

// The prompts that the shipped heads were fitted with are the shipped tasks', and the model the
// default one; else whoever classifies gets an error. `make heads` fits them anew.
TEST_P(PromptGolden, TheShippedHeadsAreOfTheShippedTasks) {
  const auto fingerprint = ModelFingerprint(RealModelPath(GetParam().variable));
  ASSERT_TRUE(fingerprint);
  const bool is_default = std::string_view(GetParam().name) == "qwen2";
  for (const char* name : {"sentiment.zh", "mood.zh"}) {
    TaskSpec task = Task(name);
    ASSERT_TRUE(task.head) << name;
    if (!task.in_chat.empty()) task.chat = std::make_shared<const TaskSpec>(Task(task.in_chat));
    const TaskHead& head = *task.head->head;
    EXPECT_TRUE(task.head->untaught_elsewhere) << name << ": the model may be any";
    EXPECT_EQ(head.ties.model == *fingerprint, is_default) << name;
    if (!is_default) continue;
    EXPECT_EQ(head.ties.prompt, PromptHash(*EncodeHeadPrompt(task, *tokenizer_, *template_)))
        << "the prompt of " << name << " has changed: make heads";
    EXPECT_EQ(head.ties.numerics, static_cast<uint32_t>(kNumericsVersion));
    EXPECT_EQ(head.labels, (std::vector<std::string>{"正面", "负面", "中性"}));
  }
}

TEST_P(PromptGolden, LabelsOfShippedTasks) {
  for (const char* name : {"sentiment.zh", "sentiment.en", "sentiment.article.zh", "mood.zh",
                           "intent.zh", "urgency.zh"}) {
    const auto labels = EncodeLabels(Task(name), *tokenizer_);
    EXPECT_TRUE(labels) << labels.error().message;
  }
  if (std::string_view(GetParam().name) == "qwen2") {
    const auto labels = *EncodeLabels(Task("sentiment.zh"), *tokenizer_);
    EXPECT_EQ(labels[0].ids, std::vector<int32_t>{106557});
    EXPECT_EQ(labels[1].ids, std::vector<int32_t>{103276});
    EXPECT_EQ(labels[2].ids, std::vector<int32_t>{105310}) << "客观, one token";
  }
}

INSTANTIATE_TEST_SUITE_P(Models, PromptGolden,
                         testing::Values(GoldenModel{"qwen2", "YIXIN_TEST_QWEN_GGUF",
                                                     "logits-qwen2.5-coder-0.5b-q4_k_m.json", 22},
                                         GoldenModel{"smollm2", "YIXIN_TEST_SMOLLM_GGUF",
                                                     "logits-smollm2-135m-q4_1.json", 17}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace yixin
