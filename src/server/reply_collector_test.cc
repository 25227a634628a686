#include "server/reply_collector.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "server/chat_answer.h"
#include "server/fake_backend_test.h"

namespace yixin {
namespace {

using nlohmann::json;

class ReplyCollectorTest : public testing::Test {
 protected:
  void Start(size_t replies, bool stream = false, size_t queue_bytes = 10000,
             bool has_gone = false) {
    ReplyRequest request;
    request.replies.resize(replies);
    request.stream = stream;
    request.names = {.length = "length"};
    exchange_ = std::make_shared<Exchange>(queue_bytes);
    if (has_gone) exchange_->Gone();
    StartReplies(
        backend_, request,
        std::make_unique<ChatWriter>(AnswerHead{"id", 0, "tiny", "fp"},
                                     OpenAiWriterOptions{.with_usage = stream}),
        [this](const ReplyTimes& times) { times_.push_back(times); }, exchange_);
  }
  // Everything that has come until now.
  std::string Stream() {
    std::string bytes;
    for (auto step = exchange_->Take(); step.kind != Exchange::Kind::kWait;
         step = exchange_->Take()) {
      last_ = step.kind;
      if (step.kind == Exchange::Kind::kEnd || step.kind == Exchange::Kind::kBroken) break;
      if (step.kind == Exchange::Kind::kResponse) response_ = step.response;
      bytes += step.bytes;
    }
    return bytes;
  }
  static size_t Count(const std::string& text, const std::string& part) {
    size_t count = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
      ++count;
    return count;
  }

  FakeBackend backend_;
  std::shared_ptr<Exchange> exchange_;
  std::vector<ReplyTimes> times_;
  Exchange::Kind last_ = Exchange::Kind::kWait;
  std::optional<ServerResponse> response_;
};

TEST_F(ReplyCollectorTest, OneAnswerOfAllReplies) {
  Start(2);
  ASSERT_EQ(backend_.listeners.size(), 2u);
  EXPECT_TRUE(backend_.listeners[1]->OnText("你", {}));
  EXPECT_TRUE(backend_.listeners[0]->OnText("a", {}));
  EXPECT_TRUE(backend_.listeners[1]->OnText("好", {}));
  backend_.listeners[1]->OnEnd(ChatAnswer{.new_tokens = 2});
  Stream();
  EXPECT_FALSE(response_);
  backend_.listeners[0]->OnEnd(ChatAnswer{.new_tokens = 1});
  Stream();
  ASSERT_TRUE(response_);
  const json answer = json::parse(response_->body);
  EXPECT_EQ(answer["choices"][0]["message"]["content"], "a");
  EXPECT_EQ(answer["choices"][1]["message"]["content"], "你好");
  EXPECT_EQ(answer["usage"]["completion_tokens"], 3);
  EXPECT_EQ(times_.size(), 2u);
}

TEST_F(ReplyCollectorTest, AStream) {
  Start(1, true);
  EXPECT_EQ(Stream(), "") << "no head before the first text: an error may still have its status";
  backend_.listeners[0]->OnText("a", {});
  const std::string first = Stream();
  EXPECT_EQ(Count(first, "\"role\":\"assistant\""), 1u);
  EXPECT_EQ(Count(first, "\"content\":\"a\""), 1u);
  backend_.listeners[0]->OnText("b", {});
  backend_.listeners[0]->OnEnd(ChatAnswer{.finish = FinishReason::kLength});
  const std::string rest = Stream();
  EXPECT_EQ(Count(rest, "\"role\""), 0u);
  EXPECT_EQ(Count(rest, "\"finish_reason\":\"length\""), 1u);
  EXPECT_EQ(Count(rest, "\"total_tokens\""), 1u);
  EXPECT_TRUE(rest.ends_with("data: [DONE]\n\n"));
  EXPECT_EQ(last_, Exchange::Kind::kEnd);
}

TEST_F(ReplyCollectorTest, AReplyWithoutTextIsAReply) {
  Start(1, true);
  backend_.listeners[0]->OnEnd(ChatAnswer{});
  const std::string all = Stream();
  EXPECT_EQ(Count(all, "\"role\":\"assistant\""), 1u);
  EXPECT_EQ(Count(all, "\"finish_reason\":\"stop\""), 1u);
}

TEST_F(ReplyCollectorTest, AnErrorBeforeTheStreamHasItsStatus) {
  Start(1, true);
  backend_.listeners[0]->OnEnd(Error{ErrorCode::kOutOfMemory, "", ""});
  Stream();
  ASSERT_TRUE(response_);
  EXPECT_EQ(response_->status, 503);
}

TEST_F(ReplyCollectorTest, AnErrorMidwayIsAnEvent) {
  Start(2, true);
  backend_.listeners[0]->OnText("a", {});
  backend_.listeners[1]->OnEnd(Error{ErrorCode::kCancelled, "", ""});
  const std::string all = Stream();
  EXPECT_EQ(Count(all, "\"error\""), 1u);
  EXPECT_EQ(last_, Exchange::Kind::kEnd);
  EXPECT_EQ(backend_.cancelled, (std::vector<uint64_t>{101, 102}));
  EXPECT_FALSE(backend_.listeners[0]->OnText("b", {})) << "the others are given up";
  backend_.listeners[0]->OnEnd(ChatAnswer{});
  EXPECT_EQ(Stream(), "");
}

TEST_F(ReplyCollectorTest, OneThatIsRefusedTakesTheOthersAlong) {
  backend_.most_chats = 2;
  Start(3);
  Stream();
  ASSERT_TRUE(response_);
  EXPECT_EQ(response_->status, 429);
  EXPECT_EQ(backend_.cancelled, (std::vector<uint64_t>{101, 102}));
}

TEST_F(ReplyCollectorTest, FieldsHaveTheNamesOfTheRequest) {
  backend_.refusal =
      Error{ErrorCode::kInvalidArgument, "max_new_tokens: expected 1 to 8", "max_new_tokens"};
  Start(1);
  Stream();
  ASSERT_TRUE(response_);
  EXPECT_EQ(json::parse(response_->body)["error"]["param"], "length");
  EXPECT_EQ(json::parse(response_->body)["error"]["message"], "length: expected 1 to 8");
}

TEST_F(ReplyCollectorTest, AClientThatGoesCancelsAll) {
  Start(2, true);
  backend_.listeners[0]->OnText("a", {});
  exchange_->Gone();
  EXPECT_EQ(backend_.cancelled, (std::vector<uint64_t>{101, 102}));
  EXPECT_FALSE(backend_.listeners[0]->OnText("b", {}));
}

TEST_F(ReplyCollectorTest, AClientThatHasGoneBeforeIsNotServed) {
  Start(2, false, 10000, /*has_gone=*/true);
  EXPECT_EQ(backend_.cancelled, (std::vector<uint64_t>{101, 102}));
}

TEST_F(ReplyCollectorTest, AReaderThatIsTooSlowEndsIt) {
  Start(1, true, 600);
  EXPECT_TRUE(backend_.listeners[0]->OnText("a", {}));
  EXPECT_FALSE(backend_.listeners[0]->OnText(std::string(600, 'b'), {}));
  Stream();
  EXPECT_EQ(last_, Exchange::Kind::kBroken);
}

}  // namespace
}  // namespace yixin
