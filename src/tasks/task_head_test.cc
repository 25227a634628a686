// Heads: the file's round trip, every broken file, the decision by hand.
#include "tasks/task_head.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/fnv_hash.h"
#include "yixin/version.h"

namespace yixin {
namespace {

TaskHead SomeHead() {
  TaskHead head;
  head.ties = {"f00d", "tiny.gguf", 77, static_cast<uint32_t>(kNumericsVersion)};
  head.labels = {"好", "差", "一般"};
  head.layers = {2, 5};
  head.hidden = 2;
  head.weights = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0.5f, -0.5f};
  head.biases = {0, 0.25f, -1};
  return head;
}

std::vector<std::byte> Bytes(const TaskHead& head) {
  auto bytes = SerialiseHead(head);
  EXPECT_TRUE(bytes) << bytes.error().message;
  return *std::move(bytes);
}

// The checksum made right again, so that what lies behind it is looked at.
void Seal(std::vector<std::byte>& bytes) {
  const size_t body = bytes.size() - sizeof(uint64_t);
  const uint64_t sum = FnvHash(std::span(bytes).first(body));
  std::memcpy(&bytes[body], &sum, sizeof(sum));
}

TEST(TaskHead, ComesBackAsItWas) {
  const TaskHead head = SomeHead();
  const auto read = ParseHead(Bytes(head), "x.head");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->ties, head.ties);
  EXPECT_EQ(read->labels, head.labels);
  EXPECT_EQ(read->layers, head.layers);
  EXPECT_EQ(read->hidden, 2);
  EXPECT_EQ(read->weights, head.weights);
  EXPECT_EQ(read->biases, head.biases);
}

TEST(TaskHead, EveryCutAndEveryFlippedByteIsAnError) {
  const auto bytes = Bytes(SomeHead());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto cut = ParseHead(std::span(bytes).first(size), "x.head");
    ASSERT_FALSE(cut) << size;
    EXPECT_EQ(cut.error().message.rfind("x.head: ", 0), 0u);
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto flipped = bytes;
    flipped[i] ^= std::byte{0x41};
    EXPECT_FALSE(ParseHead(flipped, "x.head")) << i;
  }
  auto longer = bytes;
  longer.insert(longer.end() - 8, std::byte{0});
  Seal(longer);
  EXPECT_FALSE(ParseHead(longer, "x.head")) << "more than it says";
}

TEST(TaskHead, HostileNumbersBehindARightChecksum) {
  const auto bytes = Bytes(SomeHead());
  // Any four bytes as large as can be: a count, a size, a layer or a weight (no finite one).
  for (size_t i = 12; i + 12 <= bytes.size(); ++i) {
    for (const uint32_t value : {0xffffffffu, 0x7fffffffu, 0x00010000u}) {
      auto changed = bytes;
      std::memcpy(&changed[i], &value, sizeof(value));
      Seal(changed);
      const auto head = ParseHead(changed, "x.head");
      if (!head) continue;
      EXPECT_EQ(head->weights.size(), head->labels.size() * head->width());
      for (const float weight : head->weights) EXPECT_TRUE(std::isfinite(weight));
    }
  }
  auto newer = bytes;
  newer[8] = std::byte{2};
  Seal(newer);
  EXPECT_EQ(ParseHead(newer, "x.head").error().code, ErrorCode::kUnsupported);
}

TEST(TaskHead, WhatCannotBeReadIsNotWritten) {
  const auto refuses = [](auto change) {
    TaskHead head = SomeHead();
    change(head);
    return !SerialiseHead(head);
  };
  EXPECT_TRUE(refuses([](TaskHead& head) { head.labels[1] = "好"; }));
  EXPECT_TRUE(refuses([](TaskHead& head) { head.labels[1] = ""; }));
  EXPECT_TRUE(refuses([](TaskHead& head) { head.labels[1] = "\xff"; }));
  EXPECT_TRUE(refuses([](TaskHead& head) { head.labels.resize(1); }));
  EXPECT_TRUE(refuses([](TaskHead& head) { head.layers = {5, 2}; }));
  EXPECT_TRUE(refuses([](TaskHead& head) { head.layers = {0, 2}; }));
  EXPECT_TRUE(refuses([](TaskHead& head) { head.weights.pop_back(); }));
  EXPECT_TRUE(refuses([](TaskHead& head) { head.hidden = 0; }));
  EXPECT_TRUE(
      refuses([](TaskHead& head) { head.biases[0] = std::numeric_limits<float>::quiet_NaN(); }));
}

TEST(TaskHead, DecidesByTheSoftmaxOfItsScores) {
  const TaskHead head = SomeHead();
  const std::vector<float> states = {1, 2, 4, 2};
  const auto decision = DecideByHead(head, states, "一般", false);
  ASSERT_TRUE(decision);
  // Scores 1, 2.25 and 0.5 * 4 - 0.5 * 2 - 1 = 0.
  const double sum = std::exp(1.0) + std::exp(2.25) + std::exp(0.0);
  EXPECT_EQ(decision->label, "差");
  ASSERT_EQ(decision->probs.size(), 3u);
  EXPECT_NEAR(decision->probs[0].second, std::exp(1.0) / sum, 1e-12);
  EXPECT_NEAR(decision->margin, (std::exp(2.25) - std::exp(1.0)) / sum, 1e-12);
  EXPECT_TRUE(std::isnan(decision->label_mass));
  const auto polar = DecideByHead(head, states, "一般", true);
  ASSERT_TRUE(polar);
  EXPECT_EQ(polar->probs.size(), 2u);
  const std::vector<float> broken = {1, std::numeric_limits<float>::infinity(), 4, 2};
  EXPECT_EQ(DecideByHead(head, broken, "", false).error().code, ErrorCode::kInternal);
}

TEST(TaskHead, IsForOnePromptOneModelsSizesAndTheTasksLabels) {
  const auto task = ParseTask(
      "name = \"t\"\nmode = \"score\"\n[[labels]]\nname = \"好\"\n[[labels]]\nname = \"差\"\n"
      "[neutral]\nlabel = \"一般\"\nmargin_below = 0.1\n",
      "t.toml");
  ASSERT_TRUE(task) << task.error().message;
  TaskHead head = SomeHead();
  EXPECT_TRUE(CheckHead(head, *task, 77, 5, 2));
  const auto says = [&](const Status& status, const char* words) {
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().message.find(words), std::string::npos) << status.error().message;
    EXPECT_NE(status.error().message.find("fit it again"), std::string::npos);
  };
  says(CheckHead(head, *task, 78, 5, 2), "another prompt");
  says(CheckHead(head, *task, 77, 4, 2), "other sizes");
  says(CheckHead(head, *task, 77, 5, 4), "other sizes");
  head.labels[0] = "谁";
  says(CheckHead(head, *task, 77, 5, 2), "谁");
  head = SomeHead();
  head.ties.numerics += 1;
  says(CheckHead(head, *task, 77, 5, 2), "numerics");
}

}  // namespace
}  // namespace yixin
