// Tested by: reply_collector_test.cc
#include "server/reply_collector.h"

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "server/api_error.h"

namespace yixin {
namespace {

class Collector : public std::enable_shared_from_this<Collector> {
 public:
  Collector(Backend& backend, const ReplyRequest& request, std::unique_ptr<ReplyWriter> writer,
            CountReply count, std::shared_ptr<Exchange> exchange)
      : backend_(backend),
        stream_(request.stream),
        names_(request.names),
        count_(std::move(count)),
        exchange_(std::move(exchange)),
        writer_(std::move(writer)) {}

  void Start(const std::vector<ChatRequest>& wanted);
  bool OnText(size_t index, std::string_view text, std::span<const ReplyToken> tokens);
  void OnEnd(size_t index, const Result<ChatAnswer>& answer);

 private:
  struct One {
    WrittenReply reply;
    ReplyClock clock;
    bool has_begun = false;
    bool has_ended = false;
  };

  void Cancel();
  void Fail(const Error& error);
  void BeginReply(size_t index);
  bool Push(const std::string& events) { return events.empty() || exchange_->Push(events); }
  void Finish();

  Backend& backend_;
  const bool stream_;
  const FieldNames names_;
  const CountReply count_;
  const std::shared_ptr<Exchange> exchange_;

  std::mutex mutex_;  // the door starts and cancels, the engine writes
  const std::unique_ptr<ReplyWriter> writer_;
  std::vector<One> replies_;
  std::vector<uint64_t> numbers_;
  bool has_begun_ = false;  // the stream
  bool has_failed_ = false;
};

// A reply's ear.
class Listener : public ChatListener {
 public:
  Listener(std::shared_ptr<Collector> collector, size_t index)
      : collector_(std::move(collector)), index_(index) {}
  bool OnText(std::string_view text, std::span<const ReplyToken> tokens) override {
    return collector_->OnText(index_, text, tokens);
  }
  void OnEnd(const Result<ChatAnswer>& answer) override { collector_->OnEnd(index_, answer); }

 private:
  const std::shared_ptr<Collector> collector_;
  const size_t index_;
};

void Collector::Start(const std::vector<ChatRequest>& wanted) {
  replies_.resize(wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    const auto number = backend_.Chat(wanted[i], std::make_shared<Listener>(shared_from_this(), i));
    if (!number) return Fail(InWordsOf(names_, i, number.error()));
    const std::lock_guard lock(mutex_);
    numbers_.push_back(*number);
    if (has_failed_) backend_.Cancel(*number);
  }
  // Behind all of them: of a client that has gone already they are cancelled here and now.
  exchange_->OnGone([self = weak_from_this()] {
    if (const auto alive = self.lock()) alive->Cancel();
  });
}

void Collector::Cancel() {
  const std::lock_guard lock(mutex_);
  for (const uint64_t number : numbers_) backend_.Cancel(number);
}

// The first error is the answer's; the other replies are given up.
void Collector::Fail(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(has_failed_, true)) return;
    if (has_begun_) {
      Push(writer_->Failure(error));
      exchange_->EndStream();
    } else {
      exchange_->Respond(ErrorResponse(error));
    }
  }
  Cancel();
}

void Collector::BeginReply(size_t index) {
  if (!std::exchange(has_begun_, true)) {
    ServerResponse head;
    head.content_type = "text/event-stream";
    exchange_->BeginStream(std::move(head));
  }
  if (!std::exchange(replies_[index].has_begun, true)) Push(writer_->Begin(index));
}

bool Collector::OnText(size_t index, std::string_view text, std::span<const ReplyToken> tokens) {
  const std::lock_guard lock(mutex_);
  if (has_failed_) return false;
  One& one = replies_[index];
  one.clock.Text();
  if (stream_) {
    BeginReply(index);
    return Push(writer_->Piece(index, text, tokens));
  }
  one.reply.text += text;
  one.reply.tokens.insert(one.reply.tokens.end(), tokens.begin(), tokens.end());
  return true;
}

void Collector::OnEnd(size_t index, const Result<ChatAnswer>& answer) {
  if (!answer) return Fail(InWordsOf(names_, index, answer.error()));
  const std::lock_guard lock(mutex_);
  One& one = replies_[index];
  one.reply.cost = *answer;
  one.has_ended = true;
  count_(one.clock.Read(answer->new_tokens, answer->queue_ms));
  if (has_failed_) return;
  if (stream_) {
    BeginReply(index);
    Push(writer_->End(index, *answer));
  }
  for (const One& each : replies_) {
    if (!each.has_ended) return;
  }
  Finish();
}

void Collector::Finish() {
  if (stream_) {
    std::vector<ChatAnswer> answers;
    for (const One& one : replies_) answers.push_back(one.reply.cost);
    Push(writer_->Close(answers));
    return exchange_->EndStream();
  }
  std::vector<WrittenReply> written;
  for (One& one : replies_) written.push_back(std::move(one.reply));
  ServerResponse response;
  response.body = writer_->Whole(written);
  exchange_->Respond(std::move(response));
}

}  // namespace

void StartReplies(Backend& backend, const ReplyRequest& request,
                  std::unique_ptr<ReplyWriter> writer, CountReply count,
                  const std::shared_ptr<Exchange>& exchange) {
  std::make_shared<Collector>(backend, request, std::move(writer), std::move(count), exchange)
      ->Start(request.replies);
}

}  // namespace yixin
