// Reading a conversation's texts in its own context, through the library alone, over the tiny
// model.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "api/tiny_model_file_test.h"
#include "yixin/assistant.h"

namespace yixin {
namespace {

constexpr const char* kChat = "name = \"c\"\nmode = \"chat\"\n[limits]\nmax_new_tokens = 8\n";
constexpr const char* kOther =
    "name = \"o\"\nmode = \"chat\"\nsystem = \"other\"\n[limits]\nmax_new_tokens = 8\n";

std::string Reader(const std::string& chat) {
  return "name = \"r\"\nmode = \"score\"\nin_chat = \"" + chat +
         "\"\nsystem = \"which\"\n[[labels]]\nname = \"yes\"\n[[labels]]\nname = \"no\"\n";
}

class ReaderTest : public testing::Test {
 protected:
  ReaderTest() {
    auto opened =
        Assistant::Open({.model_path = file_.path(), .share_path = SourceShare(), .threads = 1});
    EXPECT_TRUE(opened) << opened.error().message;
    assistant_.emplace(*std::move(opened));
  }

  Result<Conversation> Start(const std::string& chat, const std::string& reader) {
    return assistant_->StartConversation({.task = chat, .reader = reader});
  }

  TinyModelFile file_;
  std::string chat_ = file_.Write("c.toml", kChat);
  std::string reader_ = file_.Write("r.toml", Reader("c.toml"));
  std::optional<Assistant> assistant_;
};

TEST_F(ReaderTest, TheFirstTextHasTheLabelOfABatch) {
  auto one = Start(chat_, reader_);
  auto two = Start(chat_, "");
  ASSERT_TRUE(one && two) << one.error().message;
  const auto mood = one->Read("hello", {});
  const auto alone = assistant_->Classify("hello", {.task = reader_});
  ASSERT_TRUE(mood && alone) << mood.error().message;
  EXPECT_EQ(mood->label, alone->label);
  EXPECT_EQ(mood->probs, alone->probs);
  EXPECT_EQ(mood->task, "r");
  EXPECT_EQ(mood->score_kind, "logprob");
  EXPECT_GE(mood->elapsed_ms, 0);
  EXPECT_TRUE(one->turns().empty());
  const auto reply = one->Say("hello", mood->label, {}, {});
  const auto expected = two->Say("hello", mood->label, {}, {});
  ASSERT_TRUE(reply && expected);
  EXPECT_EQ(reply->text, expected->text);
  EXPECT_LT(reply->prompt_tokens, expected->prompt_tokens);
  EXPECT_EQ(two->Read("hello", {}).error().code, ErrorCode::kInvalidArgument) << "no reader";
  EXPECT_EQ(one->Read(" ", {}).error().code, ErrorCode::kInvalidText);
}

TEST_F(ReaderTest, StatsCountTheTextOnce) {
  auto one = Start(chat_, reader_);
  ASSERT_TRUE(one);
  const AssistantStats before = assistant_->stats();
  const auto mood = one->Read("hello", {});
  const AssistantStats read = assistant_->stats();
  ASSERT_TRUE(mood);
  EXPECT_EQ(read.texts_tokenized - before.texts_tokenized, 1u);
  EXPECT_GT(read.tokens_computed, before.tokens_computed);
  const auto reply = one->Say("hello", "", {}, {});
  ASSERT_TRUE(reply);
  EXPECT_GT(reply->reused_tokens, 5);
  EXPECT_EQ(assistant_->stats().tokens_reused - read.tokens_reused,
            static_cast<uint64_t>(reply->reused_tokens));
}

TEST_F(ReaderTest, AHeadHoldsForItsOwnChat) {
  LinearHead head{{"yes", "no"}, {1}, std::vector<float>(2 * 64, 0.25f), {0.5f, 0}};
  const auto taught = assistant_->Teach({.task = reader_,
                                         .name = "t",
                                         .title = "",
                                         .comments = {},
                                         .head = head,
                                         .head_file = "t.head",
                                         .corrections = {}});
  ASSERT_TRUE(taught) << taught.error().message;
  file_.Write("t.head", taught->head);
  const std::string strict = file_.Write("t.toml", taught->task);
  auto one = Start(chat_, strict);
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->Read("hello", {})->score_kind, "head");
  EXPECT_EQ(one->Read("hello", {})->probs, assistant_->Classify("hello", {.task = strict})->probs);

  const std::string other = file_.Write("o.toml", kOther);
  const auto refused = Start(other, strict);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(refused.error().message.find("another chat"), std::string::npos);
  std::string table = taught->task;
  table.insert(table.find("checksum = "), "other_models = \"untaught\"\n");
  auto lenient = Start(other, file_.Write("lenient.toml", table));
  ASSERT_TRUE(lenient) << lenient.error().message;
  EXPECT_EQ(lenient->Read("hello", {})->score_kind, "logprob");
}

// Two prompts, one for the labels and one for the head; what is read of one does not depend on
// whether the other is wanted.
TEST_F(ReaderTest, StatesAreThoseOfTheReplysBeginning) {
  const std::vector<std::string> texts = {"hello", "a longer text", "  "};
  const auto both = assistant_->ReadStates(texts, {.task = reader_, .layers = {1, 2}});
  const auto alone =
      assistant_->ReadStates(texts, {.task = reader_, .layers = {1, 2}, .untaught = false});
  const std::string silent = file_.Write(
      "silent.toml",
      "name = \"s\"\nmode = \"score\"\nin_chat = \"c.toml\"\n[[labels]]\nname = \"yes\"\n"
      "[[labels]]\nname = \"no\"\n");
  const auto unasked = assistant_->ReadStates(texts, {.task = silent, .layers = {1, 2}});
  const auto decisions = assistant_->ClassifyBatch(texts, {.task = reader_});
  ASSERT_TRUE(both && alone && unasked && decisions) << both.error().message;
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*both)[i]->states.size(), 2u * 64);
    EXPECT_EQ((*both)[i]->states, (*alone)[i]->states);
    EXPECT_EQ((*both)[i]->states, (*unasked)[i]->states) << "a head is asked nothing";
    EXPECT_EQ((*both)[i]->untaught.probs, (*decisions)[i]->probs);
    EXPECT_NE((*both)[i]->untaught.probs, (*unasked)[i]->untaught.probs);
  }
  EXPECT_FALSE((*both)[2]);
}

TEST_F(ReaderTest, WhatIsNoReader) {
  const auto why = [&](const std::string& reader) {
    const auto made = Start(chat_, reader);
    EXPECT_FALSE(made) << reader;
    return made.error().message;
  };
  EXPECT_NE(why("sentiment.zh").find("in_chat"), std::string::npos);
  EXPECT_NE(why("nobody").find("no task is called nobody"), std::string::npos);
  EXPECT_NE(why(file_.Write("a.toml", Reader("nobody"))).find("in_chat: no task"),
            std::string::npos);
  EXPECT_NE(why(file_.Write("b.toml", Reader("gone.toml"))).find("in_chat: "), std::string::npos);
  EXPECT_NE(why(file_.Write("d.toml", Reader("sentiment.zh"))).find("expected a task of mode chat"),
            std::string::npos);
  EXPECT_FALSE(assistant_->Classify("hello", {.task = file_.Write("e.toml", Reader("nobody"))}));
  EXPECT_FALSE(assistant_->DescribeUntaught(file_.Write("f.toml", Reader("nobody"))));
}

// Who stores results compares the hash: another chat, other labels.
TEST_F(ReaderTest, TheChatIsPartOfTheTask) {
  const std::string before = assistant_->DescribeTask(reader_)->sha256;
  EXPECT_EQ(before.size(), 64u);
  EXPECT_EQ(assistant_->DescribeUntaught(reader_)->sha256, before);
  file_.Write("c.toml", kOther);
  EXPECT_NE(assistant_->DescribeTask(reader_)->sha256, before);
}

}  // namespace
}  // namespace yixin
