// Tested by: assist_test.cc
#include "server/assist.h"

#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "server/api_error.h"
#include "server/assist_answer.h"
#include "server/classification_json.h"
#include "server/json_text.h"
#include "server/reply_request.h"

namespace yixin {
namespace {

constexpr size_t kMostHistoryBytes = size_t{256} << 10;

class Assist : public ChatListener, public std::enable_shared_from_this<Assist> {
 public:
  Assist(AssistRequest request, AssistContext context, std::shared_ptr<Exchange> exchange)
      : request_(std::move(request)),
        context_(std::move(context)),
        exchange_(std::move(exchange)),
        name_{context_.owner, request_.conversation} {}

  void Start();
  bool OnText(std::string_view text, std::span<const ReplyToken> tokens) override;
  void OnEnd(const Result<ChatAnswer>& answer) override;

 private:
  bool is_kept() const { return !request_.conversation.empty(); }
  void LoadHistory(const Result<ConversationStore*>& store);
  void AskForLabel();
  void TakeLabel(const Result<std::vector<Result<Classification>>>& results);
  void BeginTurn(const Result<ConversationStore*>& store);
  void AskForReply();
  void EndTurn(const Result<ConversationStore*>& store, const Result<ChatAnswer>& answer);
  void Answer(const Result<ChatAnswer>& answer);
  void Fail(const Error& error);
  void Refuse(const ServerResponse& response);
  void BeginStream();
  // The request that the engine has of this one, so that it can be cancelled.
  void Await(Result<uint64_t> number);
  void Cancel();
  bool IsGone() {
    const std::lock_guard lock(mutex_);
    return is_gone_;
  }

  const AssistRequest request_;
  const AssistContext context_;
  const std::shared_ptr<Exchange> exchange_;
  const ConversationName name_;

  // One thread at a time has these: each step hands over to the next.
  std::vector<StoredTurn> history_;
  std::string task_;
  std::optional<Classification> label_;
  AssistOpening opening_;
  std::optional<StartedTurn> started_;
  std::string reply_;
  ReplyClock clock_;
  bool has_begun_ = false;  // the stream
  bool holds_claim_ = false;

  std::mutex mutex_;  // of these two: the door cancels
  uint64_t number_ = 0;
  bool is_gone_ = false;
};

void Assist::Start() {
  exchange_->OnGone([self = weak_from_this()] {
    if (const auto alive = self.lock()) alive->Cancel();
  });
  task_ = request_.task;
  if (!is_kept()) return AskForLabel();
  holds_claim_ = context_.desk.Claim(name_);
  if (!holds_claim_) {
    return Refuse(ErrorResponse(409, "invalid_request_error", "conversation_busy",
                                "a reply of this conversation is being written; wait for its end, "
                                "or close its request",
                                "conversation"));
  }
  context_.desk.Post([self = shared_from_this()](const Result<ConversationStore*>& store) {
    self->LoadHistory(store);
  });
}

void Assist::LoadHistory(const Result<ConversationStore*>& store) {
  if (!store) return Fail(store.error());
  auto conversation = (*store)->Read(name_);
  if (!conversation) return Fail(conversation.error());
  if (*conversation) {
    history_ = std::move((*conversation)->turns);
    if (task_.empty()) task_ = (*conversation)->task;
  }
  const auto count = static_cast<int>(history_.size());
  if (request_.turn.value_or(0) > count) {
    return Fail({ErrorCode::kInvalidArgument,
                 "turn: the conversation has " + std::to_string(count) + " turns", "turn"});
  }
  if (request_.turn) history_.resize(static_cast<size_t>(*request_.turn));
  AskForLabel();
}

void Assist::AskForLabel() {
  // One that another program kept may name a voice that is not offered here.
  if (!OffersTask(context_.served, TaskKind::kChat, task_)) task_ = context_.served.default_chat;
  ClassifyOptions options;
  options.task = request_.label_task;
  if (options.task.empty()) options.task = LabelTaskFor(context_.served, task_);
  Await(context_.backend.Classify(
      {request_.text}, options,
      [self = shared_from_this()](const auto& results) { self->TakeLabel(results); }));
}

void Assist::TakeLabel(const Result<std::vector<Result<Classification>>>& results) {
  if (!results) return Fail(results.error());
  const auto& result = results->front();
  if (!result) {
    return Fail({result.error().code, "text: " + result.error().message, "text"});
  }
  label_ = *result;
  std::vector<ReadText> read;
  for (const StoredTurn& turn : history_) read.push_back({turn.label, turn.probability});
  read.push_back({label_->label, ProbabilityOfLabel(*label_)});
  std::optional<Escalation> escalation;
  if (const auto rule = context_.served.escalation.find(task_);
      rule != context_.served.escalation.end()) {
    escalation = JudgeEscalation(rule->second, request_.text, read);
  }
  opening_.head = context_.head;
  opening_.head.model = task_;
  opening_.sentiment = ClassificationJson(*label_);
  opening_.escalation = EscalationJson(escalation, task_.ends_with(".en"));
  opening_.conversation = request_.conversation;
  opening_.turn = static_cast<int>(history_.size());
  if (!is_kept()) return AskForReply();
  context_.desk.Post([self = shared_from_this()](const Result<ConversationStore*>& store) {
    self->BeginTurn(store);
  });
}

void Assist::BeginTurn(const Result<ConversationStore*>& store) {
  if (!store) return Fail(store.error());
  StoredTurn turn;
  turn.turn = opening_.turn;
  turn.user = request_.text;
  turn.label = label_->label;
  turn.probability = ProbabilityOfLabel(*label_);
  turn.sentiment = JsonText(opening_.sentiment);
  if (!opening_.escalation.is_null()) turn.escalation = JsonText(opening_.escalation);
  auto started = (*store)->BeginTurn(name_, task_, turn);
  if (!started) return Fail(started.error());
  started_ = *started;
  AskForReply();
}

void Assist::AskForReply() {
  if (!opening_.escalation.is_null() && context_.escalated) {
    nlohmann::ordered_json event = OpeningJson(opening_);
    event["text"] = request_.text;
    context_.escalated(JsonText(event));
  }
  ChatRequest chat;
  // What no context holds need not be tokenized.
  size_t bytes = 0;
  size_t first = history_.size();
  while (first > 0 && bytes < kMostHistoryBytes) {
    const StoredTurn& turn = history_[--first];
    bytes += turn.user.size() + turn.reply.size();
  }
  for (const StoredTurn& turn : std::span(history_).subspan(first)) {
    if (turn.reply.empty()) continue;  // nobody answered it
    chat.messages.push_back({ChatRole::kUser, turn.user, turn.label});
    chat.messages.push_back({ChatRole::kAssistant, turn.reply});
  }
  chat.messages.push_back({ChatRole::kUser, request_.text, label_->label});
  chat.task = task_;
  chat.reply = request_.reply;
  chat.drop_oldest = true;
  chat.client = context_.client;
  if (request_.stream) BeginStream();
  auto number = context_.backend.Chat(chat, shared_from_this());
  if (!number) return OnEnd(InWordsOf({}, 0, number.error()));
  Await(number);
}

void Assist::BeginStream() {
  ServerResponse head;
  head.content_type = "text/event-stream";
  exchange_->BeginStream(std::move(head));
  has_begun_ = true;
  exchange_->Push(ServerSentEvent("sentiment", JsonText(OpeningJson(opening_))));
}

bool Assist::OnText(std::string_view text, std::span<const ReplyToken>) {
  clock_.Text();
  reply_ += text;
  if (!request_.stream) return true;
  return exchange_->Push(ServerSentEvent("delta", JsonText({{"text", text}})));
}

void Assist::OnEnd(const Result<ChatAnswer>& answer) {
  if (answer) context_.count(clock_.Read(answer->new_tokens, answer->queue_ms));
  if (!started_) return Answer(answer);
  context_.desk.Post([self = shared_from_this(), answer](const Result<ConversationStore*>& store) {
    self->EndTurn(store, answer);
  });
}

void Assist::EndTurn(const Result<ConversationStore*>& store, const Result<ChatAnswer>& answer) {
  if (!store) return Fail(store.error());
  if (!answer && reply_.empty() && !IsGone()) {
    // Whoever hears of an error asks again.
    (void)(*store)->DropTurn(*started_);
    return Answer(answer);
  }
  std::string_view finish = IsGone() ? "stopped" : "error";
  if (answer && answer->finish != FinishReason::kStopped) finish = FinishWord(answer->finish);
  const Status kept = (*store)->EndTurn(*started_, reply_, finish);
  if (!kept && answer) return Fail(kept.error());
  Answer(answer);
}

void Assist::Answer(const Result<ChatAnswer>& answer) {
  if (!answer) return Fail(answer.error());
  if (holds_claim_) context_.desk.Release(name_);
  if (has_begun_) {
    exchange_->Push(ServerSentEvent("done", DoneText(*answer)));
    return exchange_->EndStream();
  }
  ServerResponse response;
  response.body = AssistAnswerText(opening_, reply_, *answer);
  exchange_->Respond(std::move(response));
}

void Assist::Fail(const Error& error) {
  context_.desk.Report(error);
  Refuse(ErrorResponse(error));
}

void Assist::Refuse(const ServerResponse& response) {
  if (holds_claim_) context_.desk.Release(name_);
  if (!has_begun_) return exchange_->Respond(response);
  exchange_->Push(ServerSentEvent("error", response.body));
  exchange_->EndStream();
}

void Assist::Await(Result<uint64_t> number) {
  if (!number) return Fail(number.error());
  const std::lock_guard lock(mutex_);
  number_ = *number;
  if (is_gone_) context_.backend.Cancel(number_);
}

void Assist::Cancel() {
  const std::lock_guard lock(mutex_);
  is_gone_ = true;
  if (number_ != 0) context_.backend.Cancel(number_);
}

}  // namespace

void StartAssist(AssistRequest request, AssistContext context, std::shared_ptr<Exchange> exchange) {
  std::make_shared<Assist>(std::move(request), std::move(context), std::move(exchange))->Start();
}

}  // namespace yixin
