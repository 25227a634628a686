// Many at once get what each would get alone; nobody is forgotten, whatever ends when.
#include "yixin/service.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <utility>

#include "api/tiny_model_file_test.h"

namespace yixin {
namespace {

class Listener : public ChatListener {
 public:
  bool OnText(std::string_view piece, std::span<const ReplyToken> said) override {
    text += piece;
    tokens.insert(tokens.end(), said.begin(), said.end());
    ++pieces;
    if (on_text) on_text();
    return pieces < enough;
  }
  void OnEnd(const Result<ChatAnswer>& answer) override { end_.set_value(answer); }
  Result<ChatAnswer> Wait() {
    auto end = end_.get_future();
    if (end.wait_for(std::chrono::seconds(100)) != std::future_status::ready) {
      return Error{ErrorCode::kInternal, "nothing came", ""};
    }
    return end.get();
  }

  int enough = 1000000;
  std::function<void()> on_text;
  std::string text;  // until Wait
  std::vector<ReplyToken> tokens;
  int pieces = 0;

 private:
  std::promise<Result<ChatAnswer>> end_;
};

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() : assistant_(Open()) {}

  Assistant Open() {
    AssistantOptions options;
    options.model_path = file_.path();
    options.share_path = SourceShare();
    options.threads = 2;
    auto assistant = Assistant::Open(options);
    EXPECT_TRUE(assistant) << assistant.error().message;
    return *std::move(assistant);
  }
  Service Start(const ServiceOptions& options = {}) {
    auto service = Service::Start(assistant_, options);
    EXPECT_TRUE(service);
    return *std::move(service);
  }
  static ChatRequest Ask(const std::string& text, int tokens = 12, double temperature = 0) {
    ChatRequest request;
    request.messages = {{ChatRole::kUser, text}};
    request.reply.max_new_tokens = tokens;
    request.reply.temperature = temperature;
    request.reply.seed = 5;
    return request;
  }
  std::string Say(Service& service, const ChatRequest& request) {
    auto listener = std::make_shared<Listener>();
    EXPECT_TRUE(service.Chat(request, listener));
    EXPECT_TRUE(listener->Wait());
    return listener->text;
  }

  TinyModelFile file_;
  Assistant assistant_;
};

TEST_F(ServiceTest, ManyAtOnceGetWhatEachGetsAlone) {
  std::vector<ChatRequest> requests;
  for (int i = 0; i < 12; ++i) {
    requests.push_back(Ask("好 the book " + std::string(static_cast<size_t>(i * 9), 'x'), 6 + i,
                           i % 3 == 0 ? 0 : 0.9));
  }
  std::vector<std::string> expected;
  for (const ChatRequest& request : requests) {
    Service alone = Start();
    expected.push_back(Say(alone, request));
  }
  const std::vector<std::string> texts = {"今天", "the end", "坏坏", "好"};
  const auto labels = assistant_.ClassifyBatch(texts, {});
  ASSERT_TRUE(labels);

  Service service = Start({.max_streams = 5, .labels_between = 1});
  std::vector<std::shared_ptr<Listener>> listeners;
  std::vector<std::future<Result<std::vector<Result<Classification>>>>> classified;
  for (const ChatRequest& request : requests) {
    listeners.push_back(std::make_shared<Listener>());
    ASSERT_TRUE(service.Chat(request, listeners.back()));
    auto promise = std::make_shared<std::promise<Result<std::vector<Result<Classification>>>>>();
    classified.push_back(promise->get_future());
    ASSERT_TRUE(service.Classify(
        texts, {}, [promise](auto results) { promise->set_value(std::move(results)); }));
  }
  for (size_t i = 0; i < requests.size(); ++i) {
    const auto answer = listeners[i]->Wait();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(listeners[i]->text, expected[i]) << i;
    const auto results = classified[i].get();
    ASSERT_TRUE(results);
    for (size_t text = 0; text < texts.size(); ++text) {
      EXPECT_EQ((*results)[text]->probs, (*labels)[text]->probs);
    }
  }
  service.Stop();  // what is counted last has been counted then
  EXPECT_EQ(service.counts().labelled_texts, 48u);
}

TEST_F(ServiceTest, ATasksReplyIsThatOfItsConversation) {
  auto conversation = assistant_.StartConversation({.task = "chat.zh"});
  ASSERT_TRUE(conversation);
  ReplyOptions options;
  options.max_new_tokens = 20;
  options.seed = 3;
  const auto first = conversation->Say("好 the", "", options, {});
  ASSERT_TRUE(first) << first.error().message;
  Service service = Start();
  ChatRequest request = Ask("好 the", 20);
  request.task = "chat.zh";
  request.reply = options;
  EXPECT_EQ(Say(service, request), first->text);
}

TEST_F(ServiceTest, WhatIsRefusedAtOnce) {
  Service service = Start();
  const auto code = [&](const ChatRequest& request) {
    const auto number = service.Chat(request, std::make_shared<Listener>());
    EXPECT_FALSE(number);
    return number ? ErrorCode::kInternal : number.error().code;
  };
  EXPECT_EQ(code({}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(Ask(" ")), ErrorCode::kInvalidText);
  EXPECT_EQ(code(Ask("\xff")), ErrorCode::kInvalidText);
  EXPECT_EQ(code(Ask("x", 0)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(Ask("x", 4097)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(Ask("x", 5, -1)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(Ask(std::string(9000, 'x'))), ErrorCode::kInvalidText);
  ChatRequest request = Ask("x");
  request.task = "none";
  EXPECT_EQ(code(request), ErrorCode::kNotFound);
  request.task = "sentiment.zh";
  EXPECT_EQ(code(request), ErrorCode::kInvalidArgument);
  request = Ask("x");
  request.prompt = "x";
  EXPECT_EQ(code(request), ErrorCode::kInvalidArgument);
  request.messages.clear();
  request.prompt = "";
  EXPECT_EQ(code(request), ErrorCode::kInvalidText);
  request.prompt = std::string(9000, 'x');
  EXPECT_EQ(code(request), ErrorCode::kInvalidText);
  request = Ask("x");
  request.choices = {"a", ""};
  EXPECT_EQ(code(request), ErrorCode::kInvalidArgument);
}

TEST_F(ServiceTest, ChoicesAndLogProbabilities) {
  Service service = Start();
  ChatRequest request = Ask("好", 1, 1.5);
  request.choices = {"the book", "the", "坏"};
  request.log_probabilities = 2;
  for (uint64_t seed = 0; seed < 6; ++seed) {
    request.reply.seed = seed;
    auto listener = std::make_shared<Listener>();
    ASSERT_TRUE(service.Chat(request, listener));
    const auto answer = listener->Wait();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->finish, FinishReason::kEnd);
    EXPECT_TRUE(listener->text == "the book" || listener->text == "the" || listener->text == "坏")
        << listener->text;
    std::string joined;
    for (const ReplyToken& token : listener->tokens) {
      joined += token.drawn.text;
      EXPECT_EQ(token.most_likely.size(), 2u);
      EXPECT_LE(token.drawn.log_probability, token.most_likely[0].log_probability);
    }
    EXPECT_EQ(joined, listener->text);
  }
}

TEST_F(ServiceTest, RepliesThatAreJsonBySchema) {
  Service service = Start();
  ChatRequest request = Ask("好", 1000, 1.5);
  request.json_schema =
      R"({"type": "object", "properties": {"mood": {"enum": ["正面", "负面"]}, "score": {"type":
          "integer", "minimum": 1, "maximum": 5}}, "required": ["mood", "score"]})";
  request.stops = {"mood"};  // does not cut it
  std::set<std::string> said;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    request.reply.seed = seed;
    auto listener = std::make_shared<Listener>();
    ASSERT_TRUE(service.Chat(request, listener));
    const auto answer = listener->Wait();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->finish, FinishReason::kEnd);
    const auto json = nlohmann::json::parse(listener->text, nullptr, /*allow_exceptions=*/false);
    ASSERT_TRUE(json.is_object()) << listener->text;
    EXPECT_TRUE(json["mood"] == "正面" || json["mood"] == "负面") << listener->text;
    EXPECT_TRUE(json["score"] >= 1 && json["score"] <= 5) << listener->text;
    said.insert(listener->text);
    EXPECT_EQ(Say(service, request), listener->text) << "the same seed, the same text";
  }
  EXPECT_GT(said.size(), 1u);
  const auto refused = [&](const ChatRequest& wrong) {
    const auto number = service.Chat(wrong, std::make_shared<Listener>());
    EXPECT_FALSE(number);
    return number ? std::string() : number.error().subject;
  };
  ChatRequest both = request;
  both.choices = {"a"};
  EXPECT_EQ(refused(both), "json_schema");
  request.json_schema = R"({"type": "string", "pattern": "a"})";
  EXPECT_EQ(refused(request), "json_schema");
}

TEST_F(ServiceTest, StopStringsAreNoPartOfTheReply) {
  Service service = Start();
  ChatRequest request = Ask("the book", 40);
  const std::string whole = Say(service, request);
  ASSERT_GT(whole.size(), 8u);
  request.stops = {whole.substr(4, 3)};
  const std::string cut = Say(service, request);
  EXPECT_EQ(cut, whole.substr(0, whole.find(request.stops[0])));
}

TEST_F(ServiceTest, TheStopStringThatItWasIsNamed) {
  Service service = Start();
  ChatRequest request = Ask("the book", 40);
  const auto stop = [&] {
    auto listener = std::make_shared<Listener>();
    EXPECT_TRUE(service.Chat(request, listener));
    return listener->Wait()->stop;
  };
  EXPECT_EQ(stop(), "");
  request.stops = {"never said", Say(service, request).substr(4, 3)};
  EXPECT_EQ(stop(), request.stops[1]);
}

TEST_F(ServiceTest, ATextIsGoneOnFromAsItStands) {
  Service service = Start();
  ChatRequest request = Ask("", 20, 0.9);
  request.messages.clear();
  request.prompt = "the book<|im_end|>";
  auto listener = std::make_shared<Listener>();
  ASSERT_TRUE(service.Chat(request, listener));
  const auto answer = listener->Wait();
  ASSERT_TRUE(answer);
  const auto ids = assistant_.Tokenize("the book<|im_end|>", /*plain=*/true);
  ASSERT_TRUE(ids);
  EXPECT_EQ(answer->prompt_tokens, static_cast<int>(ids->size())) << "no template around it";
  EXPECT_FALSE(listener->text.empty());
  EXPECT_EQ(Say(service, request), listener->text);
  EXPECT_NE(Say(service, Ask("the book<|im_end|>", 20, 0.9)), listener->text);
}

TEST_F(ServiceTest, AListenerThatHasEnough) {
  Service service = Start();
  auto listener = std::make_shared<Listener>();
  listener->enough = 2;
  ASSERT_TRUE(service.Chat(Ask("好", 2000), listener));
  const auto answer = listener->Wait();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->finish, FinishReason::kStopped);
  EXPECT_LT(answer->new_tokens, 100);
}

TEST_F(ServiceTest, CancelEndsRunningAndWaitingOnes) {
  Service service = Start({.max_streams = 1});
  auto running = std::make_shared<Listener>();
  std::promise<void> began;
  std::promise<void> cancelled;
  // The reply waits after its first token: a short one would be over before it is cancelled.
  running->on_text = [&, once = false]() mutable {
    if (std::exchange(once, true)) return;
    began.set_value();
    cancelled.get_future().wait();
  };
  auto waiting = std::make_shared<Listener>();
  const auto first = service.Chat(Ask("好", 4000), running);
  const auto second = service.Chat(Ask("坏", 4000), waiting);
  ASSERT_TRUE(first && second);
  began.get_future().wait();
  service.Cancel(*second);
  service.Cancel(*first);
  service.Cancel(12345);
  cancelled.set_value();
  EXPECT_EQ(running->Wait().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(waiting->Wait().error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(Say(service, Ask("好")).empty()) << "the next one is served";
}

TEST_F(ServiceTest, MoreThanMayWaitAreRefused) {
  Service service = Start({.max_streams = 1, .max_waiting = 2});
  std::promise<void> began;
  std::promise<void> released;
  std::vector<std::shared_ptr<Listener>> listeners;
  listeners.push_back(std::make_shared<Listener>());
  listeners[0]->on_text = [&, held = false]() mutable {
    if (std::exchange(held, true)) return;
    began.set_value();
    released.get_future().wait();
  };
  ASSERT_TRUE(service.Chat(Ask("好", 3000), listeners[0]));
  began.get_future().wait();  // from here on the service's thread stands still
  int refused = 0;
  for (int i = 0; i < 11; ++i) {
    listeners.push_back(std::make_shared<Listener>());
    const auto number = service.Chat(Ask("好", 3000), listeners.back());
    if (number) continue;
    EXPECT_EQ(number.error().code, ErrorCode::kBusy);
    listeners.pop_back();
    ++refused;
  }
  EXPECT_GE(refused, 9);
  std::thread stopping([&] { service.Stop(); });
  while (service.Chat(Ask("好"), std::make_shared<Listener>()).error().code == ErrorCode::kBusy) {
    std::this_thread::yield();  // until it stops, which is before it goes on
  }
  released.set_value();
  stopping.join();
  for (const auto& listener : listeners) {
    EXPECT_EQ(listener->Wait().error().code, ErrorCode::kCancelled);
  }
  EXPECT_EQ(service.Chat(Ask("好"), std::make_shared<Listener>()).error().code,
            ErrorCode::kCancelled);
}

TEST_F(ServiceTest, OthersOfTheAssistantTakeTurns) {
  Service service = Start();
  auto listener = std::make_shared<Listener>();
  ASSERT_TRUE(service.Chat(Ask("好", 200), listener));
  std::thread other([&] { EXPECT_TRUE(assistant_.Classify("好", {})); });
  EXPECT_TRUE(listener->Wait());
  other.join();
}

TEST_F(ServiceTest, LongTextsHoldNobodyUp) {
  Service service = Start();
  std::string text;
  while (text.size() < 3000) text += "the book ";
  const std::vector<std::string> texts(200, text);
  ClassifyOptions options;
  options.task = "sentiment.zh";
  std::atomic<int> open = 2;
  const auto cancelled = [&](const auto& results) {
    ASSERT_FALSE(results);
    EXPECT_EQ(results.error().code, ErrorCode::kCancelled);
    --open;
  };
  const auto number = service.Classify(texts, options, cancelled);
  ASSERT_TRUE(number);
  // A reply and a short label come before all of that is done.
  auto listener = std::make_shared<Listener>();
  ASSERT_TRUE(service.Chat(Ask("好", 5), listener));
  std::promise<bool> label;
  ASSERT_TRUE(service.Classify({"好"}, options, [&](const auto& results) {
    EXPECT_EQ(open, 2) << "the long ones are still in work";
    label.set_value(static_cast<bool>(results));
  }));
  ASSERT_TRUE(listener->Wait());
  EXPECT_TRUE(label.get_future().get());
  service.Cancel(*number);
  // What is in work ends with the service.
  ASSERT_TRUE(service.Classify(texts, options, cancelled));
  service.Stop();
  EXPECT_EQ(open, 0);
}

}  // namespace
}  // namespace yixin
