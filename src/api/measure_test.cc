// Shapes that run, shapes that are refused, costs by count.
#include "yixin/measure.h"

#include <gtest/gtest.h>

#include "api/tiny_model_file_test.h"
#include "yixin/assistant.h"

namespace yixin {
namespace {

class MeasureTest : public testing::Test {
 protected:
  Assistant Open(const char* kernels = "") {
    auto assistant = Assistant::Open({.model_path = file_.path(),
                                      .share_path = SourceShare(),
                                      .kernels = kernels,
                                      .threads = 1,
                                      .context = 128});
    EXPECT_TRUE(assistant) << assistant.error().message;
    return *std::move(assistant);
  }

  TinyModelFile file_;
};

TEST_F(MeasureTest, ComputesEveryTokenOfEveryStream) {
  Assistant assistant = Open();
  const auto timing =
      assistant.Measure({.streams = 3, .prompt_tokens = 100, .new_tokens = 28}, nullptr);
  ASSERT_TRUE(timing) << timing.error().message;
  EXPECT_GT(timing->prefill_ms, 0);
  EXPECT_GT(timing->decode_ms, 0);
  const auto no_decode = assistant.Measure({.streams = 1, .prompt_tokens = 1}, nullptr);
  ASSERT_TRUE(no_decode);
  EXPECT_GT(no_decode->prefill_ms, 0);
}

TEST_F(MeasureTest, RefusesWhatMakesNoSense) {
  Assistant assistant = Open();
  const auto field = [&](const PassShape& shape) {
    const auto timing = assistant.Measure(shape, nullptr);
    if (timing) return std::string("none");
    EXPECT_EQ(timing.error().code, ErrorCode::kInvalidArgument);
    return timing.error().subject;
  };
  EXPECT_EQ(field({.streams = 0}), "streams");
  EXPECT_EQ(field({.streams = 1 << 20}), "streams");
  EXPECT_EQ(field({.prompt_tokens = 0}), "prompt_tokens");
  EXPECT_EQ(field({.prompt_tokens = 129}), "prompt_tokens");
  EXPECT_EQ(field({.prompt_tokens = 100, .new_tokens = 29}), "new_tokens");
  EXPECT_EQ(field({.prompt_tokens = 100, .new_tokens = -1}), "new_tokens");
  EXPECT_EQ(field({.prompt_tokens = 100, .new_tokens = 28}), "none");
}

TEST_F(MeasureTest, MoreStreamsThanTheCacheHolds) {
  Assistant assistant = Open();
  const auto timing = assistant.Measure({.streams = 1024, .prompt_tokens = 128}, nullptr);
  ASSERT_FALSE(timing);
  EXPECT_EQ(timing.error().code, ErrorCode::kOutOfMemory);
}

TEST_F(MeasureTest, StopsOnRequest) {
  Assistant assistant = Open();
  StopFlag stop;
  stop.Request();
  const auto timing = assistant.Measure({.prompt_tokens = 8, .new_tokens = 8}, &stop);
  ASSERT_FALSE(timing);
  EXPECT_EQ(timing.error().code, ErrorCode::kCancelled);
}

TEST_F(MeasureTest, CountsTheTinyModel) {
  // 2 layers, hidden 64, 4 heads of 16, 2 KV heads, ffn 160.
  const double layer = 64.0 * (64 + 2 * 32) + 64.0 * 64 + 2 * 64.0 * 160 + 160.0 * 64;
  const Assistant assistant = Open();
  const ModelCost cost = assistant.cost();
  const auto vocabulary = static_cast<uint64_t>(assistant.facts().vocabulary);
  EXPECT_EQ(cost.layer_operations, 2 * 2 * layer);
  EXPECT_EQ(cost.head_operations, 2.0 * 64 * static_cast<double>(vocabulary));
  EXPECT_EQ(cost.attention_operations, 4.0 * 2 * 4 * 16);
  EXPECT_EQ(cost.kv_bytes, 2u * 2 * 2 * 16 * 2);
  EXPECT_GE(cost.head_bytes, 64 * vocabulary);
  EXPECT_GE(cost.layer_bytes, 2 * static_cast<uint64_t>(layer));
  EXPECT_EQ(cost.layer_bytes + cost.head_bytes, assistant.facts().weight_bytes);

  const ModelCost reference = Open("reference").cost();
  EXPECT_EQ(reference.layer_operations, cost.layer_operations);
  EXPECT_EQ(reference.kv_bytes, 2 * cost.kv_bytes);
  EXPECT_GT(reference.layer_bytes, 3 * static_cast<uint64_t>(layer) * 2);
}

}  // namespace
}  // namespace yixin
