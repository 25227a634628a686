#include "api/label_queue.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace yixin {
namespace {

class LabelQueueTest : public testing::Test {
 protected:
  // A job of `count` texts; the id of each is what its label will be.
  void Add(uint64_t number, int32_t first, int count, const std::string& task = "a") {
    LabelJob job;
    job.number = number;
    for (int32_t i = 0; i < count; ++i) job.texts.emplace_back(std::vector<int32_t>{first + i});
    job.options.task = task;
    job.done = [this, number](Result<Classifications> results) {
      EXPECT_FALSE(done_[number]) << "an end comes once";
      std::string& said = done_[number].emplace();
      if (!results) {
        said = results.error().message;
        return;
      }
      for (const auto& one : *results) said += (one ? one->label : one.error().message) + " ";
    };
    queue_.Add(std::move(job));
  }

  void Run(size_t most, size_t tokens = 1000) {
    queue_.Run({most, tokens},
               [&](std::span<const TextIds> texts,
                   const ClassifyOptions& options) -> Result<Classifications> {
                 sizes_.push_back(texts.size());
                 if (meanwhile_) std::exchange(meanwhile_, {})();
                 if (std::exchange(is_stopped_, false)) {
                   return Error{ErrorCode::kCancelled, "stopped", ""};
                 }
                 if (options.task == "broken")
                   return Error{ErrorCode::kNotFound, "no such task", "task"};
                 Classifications all;
                 for (const TextIds& text : texts) {
                   Classification one;
                   one.label = options.task + std::to_string(text->front());
                   all.emplace_back(std::move(one));
                 }
                 return all;
               });
  }

  LabelQueue queue_;
  std::map<uint64_t, std::optional<std::string>> done_;
  std::vector<size_t> sizes_;
  std::function<void()> meanwhile_;  // called once, in the middle of a Run
  bool is_stopped_ = false;
};

TEST_F(LabelQueueTest, RequestsThatWantTheSameAreComputedTogether) {
  Add(1, 10, 2);
  Add(2, 20, 1, "b");
  Add(3, 30, 2);
  Run(100);
  EXPECT_EQ(done_[1], "a10 a11 ");
  EXPECT_EQ(done_[3], "a30 a31 ");
  EXPECT_FALSE(done_[2]);
  Run(100);
  EXPECT_EQ(done_[2], "b20 ");
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(sizes_, (std::vector<size_t>{4, 1}));
  EXPECT_EQ(queue_.texts_done(), 5u);
}

TEST_F(LabelQueueTest, ALongRequestGoesInPieces) {
  Add(1, 0, 5);
  Add(2, 9, 1);
  Run(2);
  Run(2);
  EXPECT_FALSE(done_[1]);
  Run(2);
  EXPECT_EQ(done_[1], "a0 a1 a2 a3 a4 ");
  EXPECT_EQ(done_[2], "a9 ");
  EXPECT_EQ(sizes_, (std::vector<size_t>{2, 2, 2}));
}

TEST_F(LabelQueueTest, AnErrorEndsThoseItWasFor) {
  Add(1, 0, 1, "broken");
  Add(2, 5, 1);
  Add(3, 6, 1, "broken");
  Run(9);
  EXPECT_EQ(done_[1], "no such task");
  EXPECT_EQ(done_[3], "no such task");
  EXPECT_FALSE(done_[2]);
  EXPECT_EQ(queue_.jobs(), 1u);
}

TEST_F(LabelQueueTest, CancelledInTheMiddle) {
  Add(1, 0, 3);
  Add(2, 5, 1);
  Run(2);
  queue_.Cancel(1);
  queue_.Cancel(77);
  EXPECT_EQ(done_[1], "stopped on request");
  queue_.EndAll({ErrorCode::kCancelled, "over", ""});
  EXPECT_EQ(done_[2], "over");
  EXPECT_TRUE(queue_.empty());
}

TEST_F(LabelQueueTest, NoTextsAreDoneAtOnce) {
  Add(1, 0, 0);
  EXPECT_EQ(done_[1], "");
  EXPECT_TRUE(queue_.empty());
}

TEST_F(LabelQueueTest, ALongJobHoldsUpNoShortOne) {
  Add(1, 10, 6);
  Add(2, 20, 1, "b");
  Run(100, 2);
  EXPECT_EQ(sizes_, std::vector<size_t>{2});
  Run(100, 2);
  EXPECT_EQ(done_[2], "b20 ") << "behind one turn of the long one";
  Run(100, 2);
  EXPECT_FALSE(done_[1]);
  Run(100, 2);
  EXPECT_EQ(done_[1], "a10 a11 a12 a13 a14 a15 ");
}

TEST_F(LabelQueueTest, WhatComesAndGoesInTheMiddle) {
  Add(1, 10, 1);
  Add(2, 20, 1);
  meanwhile_ = [&] {
    Add(3, 30, 1);
    EXPECT_FALSE(queue_.Cancel(1)) << "the second still wants it";
    EXPECT_FALSE(done_[1]) << "not before the end";
  };
  Run(100);
  EXPECT_EQ(done_[1], "stopped on request");
  EXPECT_EQ(done_[2], "a20 ");
  Run(100);
  EXPECT_EQ(done_[3], "a30 ");
}

TEST_F(LabelQueueTest, WhatWasStoppedAndIsStillWantedIsComputedLater) {
  Add(1, 10, 2);
  Add(2, 20, 1);
  meanwhile_ = [&] { EXPECT_FALSE(queue_.Cancel(2)); };
  is_stopped_ = true;
  Run(100);
  EXPECT_EQ(done_[2], "stopped on request");
  EXPECT_FALSE(done_[1]);
  meanwhile_ = [&] { EXPECT_TRUE(queue_.Cancel(1)) << "nobody wants it"; };
  Run(100);
  EXPECT_EQ(done_[1], "stopped on request");
  EXPECT_TRUE(queue_.empty());
}

}  // namespace
}  // namespace yixin
