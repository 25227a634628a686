#include "tasks/reply_text.h"

#include <gtest/gtest.h>

#include "tasks/model_for_test.h"

namespace yixin {
namespace {

class ReplyTextTest : public testing::Test {
 protected:
  ReplyText Make(std::vector<std::string> stops = {}, int repeated_sentences = 0) {
    return {vocabulary_.tokenizer, *ChatTemplate::Recognise("", vocabulary_.tokenizer),
            std::move(stops), repeated_sentences};
  }
  // The text, and behind it the end token unless `cut`.
  std::string Feed(ReplyText& reply, const std::string& text, bool cut = false) {
    auto ids = *vocabulary_.tokenizer.EncodeText(text);
    if (!cut) ids.push_back(static_cast<int32_t>(vocabulary_.tiny.im_end));
    std::string shown;
    for (const int32_t id : ids) {
      if (reply.state() == ReplyText::State::kOpen) shown += reply.Append(id);
    }
    return shown + reply.Finish();
  }

  TestVocabulary vocabulary_;
};

TEST_F(ReplyTextTest, EndsWithItsToken) {
  ReplyText reply = Make();
  EXPECT_EQ(Feed(reply, "今天 the book"), "今天 the book");
  EXPECT_EQ(reply.state(), ReplyText::State::kEnded);
  ReplyText cut = Make();
  EXPECT_EQ(Feed(cut, "今天 the book", true), "今天 the book");
  EXPECT_EQ(cut.state(), ReplyText::State::kOpen);
}

TEST_F(ReplyTextTest, StopsBeforeAString) {
  ReplyText reply = Make({"bo", "天天"});
  EXPECT_EQ(Feed(reply, "今天 the book"), "今天 the ");
  EXPECT_EQ(reply.state(), ReplyText::State::kStopString);
  ReplyText held = Make({"book!"});
  EXPECT_EQ(Feed(held, "the book"), "the book") << "what was held back comes in the end";
  EXPECT_EQ(held.state(), ReplyText::State::kEnded);
}

TEST_F(ReplyTextTest, ARepeatedSentenceEndsIt) {
  ReplyText reply = Make({}, 2);
  EXPECT_EQ(Feed(reply, "好吧。好吧。好"), "好吧。");
  EXPECT_EQ(reply.state(), ReplyText::State::kRepetition);
  ReplyText stopped = Make({"！"}, 2);
  EXPECT_EQ(Feed(stopped, "好吧。坏！"), "好吧。坏");
  EXPECT_EQ(stopped.state(), ReplyText::State::kStopString);
}

}  // namespace
}  // namespace yixin
