// The promise of the engine on real weights (YIXIN_TEST_QWEN_GGUF): 1,000 reviews have the same
// labels and probabilities, bit for bit, in one batch and one by one; the first 250 on one thread
// too.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "support/real_model.h"
#include "yixin/assistant.h"

namespace yixin {
namespace {

std::vector<std::string> ReadReviews() {
  std::ifstream file(std::string(YIXIN_SOURCE_DIR) + "/tests/data/reviews.zh.jsonl");
  std::vector<std::string> texts;
  for (std::string line; std::getline(file, line);) {
    texts.push_back(nlohmann::json::parse(line).at("text"));
  }
  return texts;
}

// By the labels' own probabilities, which all layers and the output head go into.
const ClassifyOptions kUntaught{.untaught = true};

// Packed in memory, so that nothing of one run reaches the next.
std::unique_ptr<Assistant> OpenOnThreads(int threads) {
  AssistantOptions options;
  options.model_path = RealModelPath("YIXIN_TEST_QWEN_GGUF");
  options.share_path = std::string(YIXIN_SOURCE_DIR) + "/share";
  options.threads = threads;
  auto opened = Assistant::Open(options);
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? std::make_unique<Assistant>(*std::move(opened)) : nullptr;
}

std::vector<Classification> InOneBatch(Assistant& assistant,
                                       const std::vector<std::string>& texts) {
  std::vector<Classification> moods;
  auto batch = assistant.ClassifyBatch(texts, kUntaught);
  EXPECT_TRUE(batch) << batch.error().message;
  if (!batch) return moods;
  for (auto& mood : *batch) {
    EXPECT_TRUE(mood) << mood.error().message;
    if (mood) moods.push_back(*std::move(mood));
  }
  return moods;
}

// Which text it is has no part in how its rows are divided; all of them take minutes.
constexpr ptrdiff_t kOnOneThread = 250;

// Which texts have another result.
std::vector<size_t> Differences(const std::vector<Classification>& a,
                                const std::vector<Classification>& b) {
  std::vector<size_t> different;
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const bool same = i < a.size() && i < b.size() && a[i].label == b[i].label &&
                      a[i].probs == b[i].probs && a[i].label_mass == b[i].label_mass &&
                      a[i].margin == b[i].margin;
    if (!same) different.push_back(i);
  }
  return different;
}

TEST(SameBits, OfAThousandReviews) {
  const std::vector<std::string> texts = ReadReviews();
  ASSERT_EQ(texts.size(), 1000u);
  auto assistant = OpenOnThreads(std::max(2, DefaultThreadCount()));
  ASSERT_NE(assistant, nullptr);
  const auto batch = InOneBatch(*assistant, texts);
  ASSERT_EQ(batch.size(), texts.size());
  for (const char* label : {"正面", "负面"}) {
    EXPECT_GT(std::ranges::count(batch, label, &Classification::label), 100)
        << label << ": results that differ from text to text";
  }

  std::vector<Classification> one_by_one;
  for (const std::string& text : texts) {
    auto mood = assistant->Classify(text, kUntaught);
    ASSERT_TRUE(mood) << mood.error().message;
    one_by_one.push_back(*std::move(mood));
  }
  EXPECT_EQ(Differences(one_by_one, batch), std::vector<size_t>{});

  assistant.reset();
  assistant = OpenOnThreads(1);
  ASSERT_NE(assistant, nullptr);
  const std::vector<std::string> first_texts(texts.begin(), texts.begin() + kOnOneThread);
  const std::vector<Classification> first(batch.begin(), batch.begin() + kOnOneThread);
  EXPECT_EQ(Differences(InOneBatch(*assistant, first_texts), first), std::vector<size_t>{});
}

}  // namespace
}  // namespace yixin
