// Real models as Hugging Face folders, written here from the GGUF files that YIXIN_TEST_QWEN_GGUF
// and YIXIN_TEST_SMOLLM_GGUF name: they pack, classify and chat as those do, bit for bit.
// Needs 3 GB of temporary space.
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "golden/hf_export.h"
#include "support/real_model.h"
#include "support/temporary_folder.h"
#include "yixin/assistant.h"

namespace yixin {
namespace {

struct FolderCase {
  const char* name;
  const char* variable;
  const char* tokenizer_parts;
  const char* label_task;
  const char* chat_task;
  std::vector<std::string> texts;

  friend void PrintTo(const FolderCase& c, std::ostream* out) { *out << c.name; }
};

using Probabilities = std::vector<std::pair<std::string, double>>;

struct Answers {
  std::vector<std::string> labels;
  std::vector<Probabilities> probs;
  std::vector<std::string> replies;  // greedy, of one conversation
};

Answers Ask(Assistant& assistant, const FolderCase& test) {
  Answers answers;
  ReplyOptions greedy;
  greedy.temperature = 0;
  greedy.max_new_tokens = 24;
  greedy.timeout_ms = 0;
  auto chat = assistant.StartConversation({.task = test.chat_task});
  EXPECT_TRUE(chat) << chat.error().message;
  if (!chat) return answers;
  for (const std::string& text : test.texts) {
    const auto mood = assistant.Classify(text, {.task = test.label_task, .untaught = true});
    EXPECT_TRUE(mood) << mood.error().message;
    if (mood) answers.labels.push_back(mood->label);
    if (mood) answers.probs.push_back(mood->probs);
    const auto reply = chat->Say(text, "", greedy, [](std::string_view) { return true; });
    EXPECT_TRUE(reply) << reply.error().message;
    if (reply) answers.replies.push_back(reply->text);
  }
  return answers;
}

class HfChat : public testing::TestWithParam<FolderCase> {
 protected:
  std::optional<Assistant> Open(const std::filesystem::path& path, const std::string& cache) {
    AssistantOptions options;
    options.model_path = path.string();
    options.share_path = std::string(YIXIN_SOURCE_DIR) + "/share";
    options.cache_folder = cache;
    options.progress = [this](double share) { packed_ += share < 1 ? 1 : 0; };
    packed_ = 0;
    auto opened = Assistant::Open(options);
    EXPECT_TRUE(opened) << opened.error().message;
    if (!opened) return std::nullopt;
    return *std::move(opened);
  }

  const TemporaryFolder temporary_;
  int packed_ = 0;
};

TEST_P(HfChat, AFolderAnswersAsItsGgufFile) {
  const FolderCase& test = GetParam();
  const std::filesystem::path folder = temporary_.path() / "model";
  std::filesystem::create_directory(folder);
  const auto gguf = OpenRealModel(test.variable);
  ASSERT_TRUE(gguf);
  WriteHfFolder(*gguf, test.tokenizer_parts, folder);

  Answers expected;
  {
    auto assistant = Open(RealModelPath(test.variable), "");
    ASSERT_TRUE(assistant);
    expected = Ask(*assistant, test);
  }
  ASSERT_EQ(expected.replies.size(), test.texts.size());
  for (const std::string& reply : expected.replies) EXPECT_GT(reply.size(), 10u) << reply;

  for (const bool first : {true, false}) {
    auto assistant = Open(folder, (temporary_.path() / "packed").string());
    ASSERT_TRUE(assistant);
    EXPECT_EQ(packed_ > 0, first);
    EXPECT_EQ(assistant->facts().template_note, "");
    const Answers answers = Ask(*assistant, test);
    EXPECT_EQ(answers.replies, expected.replies);
    EXPECT_EQ(answers.labels, expected.labels);
    EXPECT_EQ(answers.probs, expected.probs);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, HfChat,
    testing::Values(FolderCase{"smollm2",
                               "YIXIN_TEST_SMOLLM_GGUF",
                               kSmolLm2Parts,
                               "sentiment.en",
                               "chat.en",
                               {"The experiment worked at last!", "I lost 3 keys today."}},
                    FolderCase{"qwen2",
                               "YIXIN_TEST_QWEN_GGUF",
                               kQwen2Parts,
                               "sentiment.zh",
                               "chat.zh",
                               {"今天的实验终于成功了，太棒了！", "等了3个小时😤客服还挂我电话💢"}}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace yixin
