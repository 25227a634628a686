// The library over real weights (YIXIN_TEST_QWEN_GGUF), with the kernels that this machine would
// choose: both jobs, the mission's two sentences, the article's mode, and the distance from the
// reference stack by both ways of computing.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/real_model.h"
#include "yixin/assistant.h"

namespace yixin {
namespace {

constexpr const char* kGood = "今天的实验终于成功了，太棒了！";
constexpr const char* kBad = "今天天气真差，心情糟透了。";

std::string ReadGolden(const std::string& name) {
  std::ifstream file(std::string(YIXIN_SOURCE_DIR) + "/tests/golden/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

constexpr const char* kGoldenLogits = "logits-qwen2.5-coder-0.5b-q4_k_m.json";

// One model for all tests: packing it takes seconds.
class AssistantGolden : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    AssistantOptions options;
    options.model_path = RealModelPath("YIXIN_TEST_QWEN_GGUF");
    options.share_path = std::string(YIXIN_SOURCE_DIR) + "/share";
    auto opened = Assistant::Open(options);
    ASSERT_TRUE(opened) << opened.error().message;
    assistant_ = std::make_unique<Assistant>(*std::move(opened));
  }
  static void TearDownTestSuite() { assistant_.reset(); }
  void SetUp() override { ASSERT_NE(assistant_, nullptr); }

  static std::unique_ptr<Assistant> assistant_;
};

std::unique_ptr<Assistant> AssistantGolden::assistant_;

TEST_F(AssistantGolden, TheMissionsTwoSentences) {
  for (const auto& [text, label] : {std::pair{kGood, "正面"}, {kBad, "负面"}}) {
    const auto mood = assistant_->Classify(text, {});
    ASSERT_TRUE(mood) << mood.error().message;
    EXPECT_EQ(mood->label, label);
    EXPECT_GT(mood->margin, 0.5);
    EXPECT_EQ(mood->score_kind, "head");
    const auto untaught = assistant_->Classify(text, {.untaught = true});
    ASSERT_TRUE(untaught) << untaught.error().message;
    EXPECT_EQ(untaught->label, label);
    EXPECT_GT(untaught->margin, 0.5);
    EXPECT_GT(untaught->label_mass, 0.5) << "the model says something else";
    const auto article = assistant_->Classify(text, {.task = "sentiment.article.zh"});
    ASSERT_TRUE(article) << article.error().message;
    EXPECT_EQ(article->label, label);
  }
}

// The reference's greedy text of the article's cases, read by the last line.
TEST_F(AssistantGolden, TheArticlesLabels) {
  const auto golden = nlohmann::json::parse(ReadGolden(kGoldenLogits));
  int seen = 0;
  for (const auto& one : golden.at("cases")) {
    const std::string name = one.at("name");
    if (!name.starts_with("sentiment.article/")) continue;
    const std::string prompt = one.at("prompt");
    const std::string header = "<|im_start|>user\n";
    const size_t begin = prompt.find(header) + header.size();
    const std::string text = prompt.substr(begin, prompt.find("<|im_end|>", begin) - begin);
    std::string greedy;
    for (const int32_t id : one.at("greedy")) greedy += assistant_->TokenText(id);
    const std::string expected = greedy.find("正面") != std::string::npos   ? "正面"
                                 : greedy.find("负面") != std::string::npos ? "负面"
                                                                            : "中性";
    const auto result = assistant_->Classify(text, {.task = "sentiment.article.zh"});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->label, expected) << text;
    ++seen;
  }
  EXPECT_EQ(seen, 3);
}

TEST_F(AssistantGolden, ABatchIsTheTextsAlone) {
  const std::vector<std::string> texts{kGood,
                                       kBad,
                                       "会议改到下午三点。",
                                       "😀",
                                       "好",
                                       "等了三个小时😤客服还挂我电话💢",
                                       "The battery died."};
  for (const bool untaught : {false, true}) {
    const ClassifyOptions options{.untaught = untaught};
    const auto batch = assistant_->ClassifyBatch(texts, options);
    ASSERT_TRUE(batch);
    for (size_t i = 0; i < texts.size(); ++i) {
      const auto alone = assistant_->Classify(texts[i], options);
      ASSERT_TRUE(alone);
      EXPECT_EQ((*batch)[i]->probs, alone->probs) << texts[i];
      if (untaught) {
        EXPECT_EQ((*batch)[i]->label_mass, alone->label_mass) << texts[i];
      }
    }
  }
}

TEST_F(AssistantGolden, AConversationComputesNewTokensOnly) {
  auto chat = assistant_->StartConversation({.task = "chat.article.zh"});
  ASSERT_TRUE(chat) << chat.error().message;
  ReplyOptions greedy;
  greedy.temperature = 0;
  greedy.max_new_tokens = 24;
  greedy.timeout_ms = 0;
  std::string heard;
  const TextSink sink = [&](std::string_view piece) {
    heard += piece;
    return true;
  };
  const auto first = chat->Say(kGood, "", greedy, sink);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->text, heard);
  EXPECT_EQ(first->prompt_tokens, 34) << "the golden case's prompt";
  EXPECT_FALSE(first->text.empty());
  const auto second = chat->Say("谢谢你！", "", greedy, sink);
  ASSERT_TRUE(second);
  EXPECT_LT(second->prompt_tokens, 20);
  EXPECT_GE(second->reused_tokens, 34);
}

TEST_F(AssistantGolden, KeepsTheReferencesDistribution) {
  const auto score =
      assistant_->Score(ReadGolden("text.txt"), ReadGolden(kGoldenLogits), ScorePhase::kPrefill);
  ASSERT_TRUE(score) << score.error().message;
  EXPECT_EQ(score->tokens, 1023);
  EXPECT_LE(score->mean_kl, 0.002);
  EXPECT_GE(score->top1_agreement, 0.95);
  EXPECT_NEAR(score->mean_nll, score->golden_mean_nll, 0.01);
}

// A token a pass takes its time, so a piece of the text stands for it: the bits are the same.
TEST_F(AssistantGolden, BothWaysOfComputingAreOne) {
  const std::string text = ReadGolden("text.txt").substr(0, 301);  // ends between characters
  const auto prefill = assistant_->Score(text, "", ScorePhase::kPrefill);
  const auto decode = assistant_->Score(text, "", ScorePhase::kDecode);
  ASSERT_TRUE(prefill) << prefill.error().message;
  ASSERT_TRUE(decode) << decode.error().message;
  EXPECT_EQ(decode->mean_nll, prefill->mean_nll);
}

}  // namespace
}  // namespace yixin
