#include "server/assist.h"

#include <gtest/gtest.h>

#include "server/desk_for_test.h"
#include "server/fake_backend_test.h"

namespace yixin {
namespace {

using nlohmann::json;

class AssistTest : public testing::Test {
 protected:
  AssistTest() {
    served_.tasks = {{.name = "sentiment.zh", .mode = "score"},
                     {.name = "sentiment.en", .mode = "score"},
                     {.name = "chat.zh", .mode = "chat"},
                     {.name = "chat.en", .mode = "chat"},
                     {.name = "service.zh", .mode = "chat"}};
    served_.escalation["service.zh"] = {{"投诉"}, "负面", 2, 0.8};
    desk_.emplace(folder_.file());
  }
  // Until the engine is asked for a label.
  void Ask(AssistRequest request) {
    if (request.text.empty()) request.text = "text";
    exchange_ = std::make_shared<Exchange>(100000);
    said_ = {};
    AssistContext context{
        .backend = backend_,
        .desk = *desk_,
        .served = served_,
        .head = {"assist-1", 5, "", "fp"},
        .owner = "me",
        .client = 3,
        .count = [this](const ReplyTimes&) { ++counted_; },
        .escalated = [this](std::string event) { escalated_.push_back(std::move(event)); }};
    StartAssist(std::move(request), std::move(context), exchange_);
    WaitFor(*desk_);
  }
  void Label(const std::string& label, double probability = 0.9) {
    Classification result;
    result.label = label;
    result.probs = {{label, probability}, {"other", 1 - probability}};
    result.task = backend_.task;
    backend_.finish(std::vector<Result<Classification>>{result});
    WaitFor(*desk_);
  }
  ChatListener& Reply() { return *backend_.listeners.back(); }
  void End(const Result<ChatAnswer>& answer = ChatAnswer{}) {
    Reply().OnEnd(answer);
    WaitFor(*desk_);
    said_.Read(*exchange_);
  }
  // Label, reply, end.
  json Turn(AssistRequest request, const std::string& label, const std::string& reply) {
    Ask(std::move(request));
    Label(label);
    Reply().OnText(reply, {});
    End();
    return said_.Body();
  }
  // user=reply of each turn that is kept.
  std::string Kept(const std::string& name) {
    std::string kept;
    std::promise<void> done;
    desk_->Post([&](const Result<ConversationStore*>& store) {
      const auto conversation = (*store)->Read({"me", name});
      if (conversation && *conversation) {
        for (const StoredTurn& turn : (*conversation)->turns) {
          kept += turn.user + "=" + turn.reply + "(" + turn.finish + ") ";
        }
      }
      done.set_value();
    });
    done.get_future().wait();
    return kept;
  }

  DeskFolder folder_;
  FakeBackend backend_;
  ServedModels served_{.model = "tiny"};
  std::optional<ConversationDesk> desk_;
  std::shared_ptr<Exchange> exchange_;
  Said said_;
  int counted_ = 0;
  std::vector<std::string> escalated_;
};

TEST_F(AssistTest, LabelAndReplyInOneAnswer) {
  const json answer = Turn({.text = "今天真开心"}, "正面", "恭喜");
  EXPECT_EQ(backend_.asked, std::vector<std::string>{"今天真开心"});
  EXPECT_EQ(backend_.task, "sentiment.zh");
  ASSERT_EQ(backend_.chats.size(), 1u);
  EXPECT_EQ(backend_.chats[0].task, "chat.zh");
  EXPECT_EQ(backend_.chats[0].client, 3u);
  EXPECT_EQ(backend_.chats[0].messages.back().mood, "正面") << "the voice is told";
  EXPECT_EQ(answer["sentiment"]["label"], "正面");
  EXPECT_EQ(answer["reply"], "恭喜");
  EXPECT_EQ(answer["finish_reason"], "stop");
  EXPECT_EQ(answer["escalate"], false);
  EXPECT_TRUE(answer["conversation"].is_null());
  EXPECT_EQ(answer["model"], "chat.zh");
  EXPECT_EQ(counted_, 1);
}

TEST_F(AssistTest, TheLabelIsTheFirstEvent) {
  Ask({.stream = true});
  said_.Read(*exchange_);
  EXPECT_EQ(said_.bytes, "");
  Label("负面");
  said_.Read(*exchange_);
  EXPECT_TRUE(said_.bytes.starts_with("event: sentiment\ndata: {\"id\":\"assist-1\""));
  Reply().OnText("别", {});
  Reply().OnText("急", {});
  End({ChatAnswer{.finish = FinishReason::kLength, .new_tokens = 2}});
  EXPECT_TRUE(said_.has_ended);
  EXPECT_NE(said_.bytes.find("event: delta\ndata: {\"text\":\"别\"}\n\n"), std::string::npos);
  EXPECT_NE(said_.bytes.find("event: done\ndata: {\"finish_reason\":\"length\""),
            std::string::npos);
}

TEST_F(AssistTest, AConversationIsReadAndKept) {
  EXPECT_EQ(
      Turn({.text = "a", .conversation = "c", .task = "service.zh"}, "正面", "A")["conversation"],
      json::parse(R"({"id": "c", "turn": 0})"));
  const json second = Turn({.text = "b", .conversation = "c"}, "负面", "B");
  EXPECT_EQ(second["conversation"]["turn"], 1);
  const ChatRequest& chat = backend_.chats.back();
  EXPECT_EQ(chat.task, "service.zh") << "it keeps its voice";
  ASSERT_EQ(chat.messages.size(), 3u);
  EXPECT_EQ(chat.messages[0].mood, "正面");
  EXPECT_EQ(chat.messages[1].text, "A");
  EXPECT_EQ(chat.messages[2].text, "b");
  EXPECT_EQ(Kept("c"), "a=A(stop) b=B(stop) ");
  EXPECT_EQ(Turn({.text = "x", .conversation = "c", .turn = 1}, "正面", "X")["reply"], "X");
  EXPECT_EQ(backend_.chats.back().messages.size(), 3u);
  EXPECT_EQ(Kept("c"), "a=A(stop) x=X(stop) ");
}

TEST_F(AssistTest, OneReplyOfAConversationAtATime) {
  Ask({.conversation = "c"});
  const auto first = exchange_;
  Ask({.conversation = "c"});
  said_.Read(*exchange_);
  ASSERT_TRUE(said_.response);
  EXPECT_EQ(said_.response->status, 409);
  exchange_ = first;
  Label("正面");
  Reply().OnText("r", {});
  End();
  EXPECT_EQ(Turn({.conversation = "c"}, "正面", "s")["conversation"]["turn"], 1);
}

TEST_F(AssistTest, ATurnThatIsNotThere) {
  Ask({.conversation = "c", .turn = 1});
  said_.Read(*exchange_);
  ASSERT_TRUE(said_.response);
  EXPECT_EQ(said_.response->status, 400);
  EXPECT_EQ(Turn({.conversation = "c", .turn = 0}, "正面", "r")["reply"], "r");
}

TEST_F(AssistTest, AClientThatGoesLeavesWhatThereIs) {
  Ask({.text = "a", .conversation = "c", .stream = true});
  Label("正面");
  Reply().OnText("half", {});
  exchange_->Gone();
  EXPECT_EQ(backend_.cancelled, std::vector<uint64_t>{101});
  EXPECT_FALSE(Reply().OnText(" more", {}));
  End(Error{ErrorCode::kCancelled, "", ""});
  EXPECT_EQ(Kept("c"), "a=half more(stopped) ");
  Ask({.text = "b", .conversation = "c"});
  exchange_->Gone();
  EXPECT_EQ(backend_.cancelled.back(), 7u) << "the label";
  Label("正面");
  EXPECT_EQ(backend_.cancelled.back(), 102u) << "and the reply that was asked for all the same";
  End(Error{ErrorCode::kCancelled, "", ""});
  EXPECT_EQ(Kept("c"), "a=half more(stopped) b=(stopped) ");
  EXPECT_EQ(Turn({.text = "c", .conversation = "c"}, "正面", "r")["conversation"]["turn"], 2);
  EXPECT_EQ(backend_.chats.back().messages.size(), 3u) << "an unanswered text is not told";
}

TEST_F(AssistTest, ErrorsLeaveNothingBehind) {
  Ask({.text = "a", .conversation = "c"});
  backend_.finish(std::vector<Result<Classification>>{Error{ErrorCode::kInvalidText, "empty", ""}});
  said_.Read(*exchange_);
  EXPECT_EQ(said_.Body()["error"]["param"], "text");
  Ask({.text = "a", .conversation = "c"});
  backend_.most_chats = 0;
  Label("正面");
  said_.Read(*exchange_);
  WaitFor(*desk_);
  said_.Read(*exchange_);
  ASSERT_TRUE(said_.response);
  EXPECT_EQ(said_.response->status, 429);
  EXPECT_EQ(Kept("c"), "");
  backend_.most_chats = 100;
  Ask({.text = "a", .conversation = "c", .stream = true});
  Label("正面");
  End(Error{ErrorCode::kOutOfMemory, "", ""});
  EXPECT_NE(said_.bytes.find("event: error\n"), std::string::npos);
  EXPECT_EQ(Kept("c"), "");
  backend_.refusal = Error{ErrorCode::kBusy, "", ""};
  Ask({.text = "a", .conversation = "c"});
  said_.Read(*exchange_);
  EXPECT_EQ(said_.response->status, 429);
  backend_.refusal.reset();
  EXPECT_EQ(Turn({.text = "a", .conversation = "c"}, "正面", "r")["conversation"]["turn"], 0);
}

TEST_F(AssistTest, AHumanIsAskedFor) {
  const json word = Turn({.text = "我要投诉", .task = "service.zh"}, "负面", "r");
  EXPECT_EQ(word["escalate"], true);
  EXPECT_EQ(word["escalation"]["rule"], "words");
  EXPECT_EQ(word["escalation"]["word"], "投诉");
  EXPECT_EQ(Turn({.text = "我要投诉"}, "负面", "r")["escalate"], false) << "chat.zh has no rule";
  for (const bool expected : {false, true}) {
    const json answer = Turn({.text = "x", .conversation = "c", .task = "service.zh"}, "负面", "r");
    EXPECT_EQ(answer["escalate"], expected);
    if (expected) {
      EXPECT_EQ(answer["escalation"]["count"], 2);
    }
  }
  ASSERT_EQ(escalated_.size(), 2u);
  EXPECT_EQ(json::parse(escalated_[0])["text"], "我要投诉");
  EXPECT_EQ(json::parse(escalated_[1])["conversation"]["id"], "c");
}

TEST_F(AssistTest, AnEnglishVoiceHasEnglishLabels) {
  Turn({.task = "chat.en"}, "positive", "r");
  EXPECT_EQ(backend_.task, "sentiment.en");
  Turn({.task = "chat.en", .label_task = "sentiment.zh"}, "正面", "r");
  EXPECT_EQ(backend_.task, "sentiment.zh");
}

TEST_F(AssistTest, WithoutAFile) {
  desk_.emplace("");
  Ask({.conversation = "c"});
  said_.Read(*exchange_);
  EXPECT_EQ(said_.response->status, 404);
  EXPECT_EQ(Turn({}, "正面", "r")["reply"], "r");
  desk_.emplace("/proc/none/file");
  Ask({.conversation = "c"});
  said_.Read(*exchange_);
  EXPECT_EQ(said_.response->status, 500);
  EXPECT_EQ(said_.response->body.find("proc"), std::string::npos);
}

}  // namespace
}  // namespace yixin
