// Tested by: chat_completion_test.cc
#include "server/chat_completion.h"

#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/api_error.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

class Completion : public std::enable_shared_from_this<Completion> {
 public:
  Completion(Backend& backend, bool stream, bool include_usage, AnswerHead head, CountReply count,
             std::shared_ptr<Exchange> exchange)
      : backend_(backend),
        stream_(stream),
        include_usage_(include_usage),
        head_(std::move(head)),
        chunks_(head_, include_usage),
        count_(std::move(count)),
        exchange_(std::move(exchange)) {}

  void Start(const std::vector<ChatRequest>& wanted);
  bool OnText(size_t index, std::string_view text, std::span<const ReplyToken> tokens);
  void OnEnd(size_t index, const Result<ChatAnswer>& answer);

 private:
  struct One {
    std::string text;
    Json logprobs;
    ReplyClock clock;
    std::optional<ChatAnswer> end;
    bool has_begun = false;
  };

  void Cancel();
  void Fail(const Error& error);
  void BeginReply(size_t index);
  bool Push(const std::string& data) { return exchange_->Push(ServerSentEvent("", data)); }
  void Finish();

  Backend& backend_;
  const bool stream_;
  const bool include_usage_;
  const AnswerHead head_;
  const ChunkWriter chunks_;
  const CountReply count_;
  const std::shared_ptr<Exchange> exchange_;

  std::mutex mutex_;  // the door starts and cancels, the engine writes
  std::vector<One> replies_;
  std::vector<uint64_t> numbers_;
  bool has_begun_ = false;  // the stream
  bool has_failed_ = false;
};

// A reply's ear.
class Listener : public ChatListener {
 public:
  Listener(std::shared_ptr<Completion> completion, size_t index)
      : completion_(std::move(completion)), index_(index) {}
  bool OnText(std::string_view text, std::span<const ReplyToken> tokens) override {
    return completion_->OnText(index_, text, tokens);
  }
  void OnEnd(const Result<ChatAnswer>& answer) override { completion_->OnEnd(index_, answer); }

 private:
  const std::shared_ptr<Completion> completion_;
  const size_t index_;
};

void Completion::Start(const std::vector<ChatRequest>& wanted) {
  replies_.resize(wanted.size());
  exchange_->OnGone([self = weak_from_this()] {
    if (const auto alive = self.lock()) alive->Cancel();
  });
  for (size_t i = 0; i < wanted.size(); ++i) {
    replies_[i].logprobs = wanted[i].log_probabilities ? Json::array() : Json();
    const auto number = backend_.Chat(wanted[i], std::make_shared<Listener>(shared_from_this(), i));
    if (!number) return Fail(number.error());
    const std::lock_guard lock(mutex_);
    numbers_.push_back(*number);
  }
}

void Completion::Cancel() {
  const std::lock_guard lock(mutex_);
  for (const uint64_t number : numbers_) backend_.Cancel(number);
}

// The first error is the answer's; the other replies are given up.
void Completion::Fail(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(has_failed_, true)) return;
    const ServerResponse response = ErrorResponse(error);
    if (has_begun_) {
      Push(response.body);
      Push("[DONE]");
      exchange_->EndStream();
    } else {
      exchange_->Respond(response);
    }
  }
  Cancel();
}

void Completion::BeginReply(size_t index) {
  if (!std::exchange(has_begun_, true)) {
    ServerResponse head;
    head.content_type = "text/event-stream";
    exchange_->BeginStream(std::move(head));
  }
  if (!std::exchange(replies_[index].has_begun, true)) Push(chunks_.Begin(index));
}

bool Completion::OnText(size_t index, std::string_view text, std::span<const ReplyToken> tokens) {
  const std::lock_guard lock(mutex_);
  if (has_failed_) return false;
  One& reply = replies_[index];
  reply.clock.Text();
  const Json entries = reply.logprobs.is_null() ? Json() : LogprobEntries(tokens);
  if (stream_) {
    BeginReply(index);
    return Push(chunks_.Piece(index, text, entries));
  }
  reply.text += text;
  for (const Json& entry : entries) reply.logprobs.push_back(entry);
  return true;
}

void Completion::OnEnd(size_t index, const Result<ChatAnswer>& answer) {
  if (!answer) return Fail(answer.error());
  const std::lock_guard lock(mutex_);
  One& reply = replies_[index];
  reply.end = *answer;
  count_(reply.clock.Read(answer->new_tokens, answer->queue_ms));
  if (has_failed_) return;
  if (stream_) {
    BeginReply(index);
    Push(chunks_.End(index, answer->finish));
  }
  for (const One& one : replies_) {
    if (!one.end) return;
  }
  Finish();
}

void Completion::Finish() {
  std::vector<ChatAnswer> costs;
  std::vector<ChosenReply> chosen;
  for (One& reply : replies_) {
    costs.push_back(*reply.end);
    chosen.push_back(
        {std::move(reply.text), reply.logprobs.is_null() ? nullptr : &reply.logprobs, *reply.end});
  }
  if (!stream_) {
    ServerResponse response;
    response.body = ChatAnswerText(head_, chosen);
    return exchange_->Respond(std::move(response));
  }
  if (include_usage_) Push(chunks_.Usage(costs));
  Push("[DONE]");
  exchange_->EndStream();
}

}  // namespace

void StartChatCompletion(Backend& backend, const ChatCompletionRequest& request, AnswerHead head,
                         CountReply count, const std::shared_ptr<Exchange>& exchange) {
  std::make_shared<Completion>(backend, request.stream, request.include_usage, std::move(head),
                               std::move(count), exchange)
      ->Start(request.replies);
}

}  // namespace yixin
