// Tested by: service_test.cc
#include "api/chat_stream.h"

#include <algorithm>
#include <span>
#include <utility>

#include "api/reply_options.h"
#include "engine/token_choice.h"
#include "grammar/json_schema.h"
#include "tasks/grammar_constraint.h"

namespace yixin {
namespace {

// Of a reply whose length nobody has said, and of one that is of no use if it is cut.
constexpr int kDefaultNewTokens = 256;
constexpr int kDefaultJsonTokens = 1024;

Role ToRole(ChatRole role) {
  switch (role) {
    case ChatRole::kSystem:
      return Role::kSystem;
    case ChatRole::kUser:
      return Role::kUser;
    case ChatRole::kAssistant:
      return Role::kAssistant;
  }
  return Role::kUser;
}

SamplingOptions SamplingOf(const ChatRequest& request, const TaskSpec* task) {
  SamplingOptions sampling;  // what Qwen2.5's generation_config.json asks for
  sampling.temperature = 0.7f;
  sampling.top_p = 0.8f;
  sampling.top_k = 20;
  if (task != nullptr) sampling = task->sampling;
  ApplyOverrides(request.reply, sampling);
  if (request.presence_penalty != 0) {
    sampling.presence_penalty = static_cast<float>(request.presence_penalty);
  }
  if (request.frequency_penalty != 0) {
    sampling.frequency_penalty = static_cast<float>(request.frequency_penalty);
  }
  sampling.seed = request.reply.seed.value_or(0);
  return sampling;
}

// Each closed by the end token, so that one that begins another can be chosen.
Result<std::vector<std::vector<int32_t>>> EncodeChoices(const ChatRequest& request,
                                                        const Tokenizer& tokenizer,
                                                        const ChatTemplate& chat_template) {
  std::vector<std::vector<int32_t>> all;
  for (const std::string& choice : request.choices) {
    auto ids = tokenizer.EncodeText(choice);
    const std::string name = "choice[" + std::to_string(all.size()) + "]";
    if (!ids) return Error{ids.error().code, name + ": " + ids.error().message, name};
    if (ids->empty()) return Error{ErrorCode::kInvalidArgument, name + ": empty", name};
    ids->push_back(chat_template.end_id());
    all.push_back(*std::move(ids));
  }
  return all;
}

Result<MessagePrompt> EncodeRequest(const ChatRequest& request, const TaskSpec* task,
                                    const Tokenizer& tokenizer, const ChatTemplate& chat_template,
                                    size_t room) {
  if (request.prompt) {
    if (task == nullptr && request.messages.empty()) {
      return EncodePrompt(*request.prompt, tokenizer, room);
    }
    return Error{ErrorCode::kInvalidArgument, "prompt: not together with messages or a task",
                 "prompt"};
  }
  std::vector<Message> messages;
  for (const ChatMessage& message : request.messages) {
    messages.push_back({ToRole(message.role), message.text, message.mood});
  }
  return EncodeMessages(messages, task, tokenizer, chat_template, room,
                        request.drop_oldest ? TooLong::kDropOldest : TooLong::kError);
}

}  // namespace

// What a reply has to be, if that is not left to the model.
struct ChatPlanner::Shape {
  std::unique_ptr<TokenConstraint> constraint;  // null: anything
  int least_tokens = 1;                         // that it may need
};

Result<ChatPlanner::Shape> ChatPlanner::ShapeOf(const ChatRequest& request) const {
  Shape shape;
  if (!request.choices.empty() && !request.json_schema.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "choice and json_schema: a reply has one of the two shapes, not both",
                 "json_schema"};
  }
  if (!request.json_schema.empty()) {
    YIXIN_TRY(ByteGrammar grammar, CompileJsonSchema(request.json_schema));
    shape.constraint =
        std::make_unique<GrammarConstraint>(std::make_shared<const ByteGrammar>(std::move(grammar)),
                                            trie, tokenizer, chat_template.end_id());
  } else if (!request.choices.empty()) {
    YIXIN_TRY(auto choices, EncodeChoices(request, tokenizer, chat_template));
    for (const auto& choice : choices) {
      shape.least_tokens = std::max(shape.least_tokens, static_cast<int>(choice.size()));
    }
    shape.constraint = std::make_unique<TokenChoice>(std::move(choices));
  }
  return shape;
}

Result<ChatPlan> ChatPlanner::Plan(const ChatRequest& request, const TaskSpec* task) const {
  ChatPlan plan;
  StreamRequest& stream = plan.stream;
  stream.sampling = SamplingOf(request, task);
  YIXIN_CHECK_OK(ValidateSamplingOptions(stream.sampling));
  YIXIN_TRY(Shape shape, ShapeOf(request));
  int usual = task != nullptr ? task->max_new_tokens : kDefaultNewTokens;
  if (!request.json_schema.empty()) usual = std::min(kDefaultJsonTokens, context / 2);
  int wanted = request.reply.max_new_tokens.value_or(usual);
  if (wanted >= 1) wanted = std::max(wanted, shape.least_tokens);
  if (wanted < 1 || wanted > context) {
    return Error{ErrorCode::kInvalidArgument,
                 "max_new_tokens: expected 1 to " + std::to_string(context) + ", got " +
                     std::to_string(wanted),
                 "max_new_tokens"};
  }
  // A length that nobody asked for makes room for a long prompt; one that was asked for is kept.
  const int least = request.reply.max_new_tokens ? wanted : shape.least_tokens;
  const auto room = static_cast<size_t>(context - least);
  YIXIN_TRY(MessagePrompt prompt, EncodeRequest(request, task, tokenizer, chat_template, room));
  stream.max_new_tokens = std::min(wanted, context - static_cast<int>(prompt.ids.size()));
  stream.prompt = std::move(prompt.ids);
  stream.task_prefix = prompt.task_prefix;
  stream.log_probabilities = request.log_probabilities;
  stream.client = request.client;
  plan.dropped_messages = prompt.dropped_messages;
  plan.constraint = std::move(shape.constraint);
  if (plan.constraint == nullptr) {
    plan.stops = request.stops;
    plan.repeated_sentences = task != nullptr ? task->repeated_sentences : 0;
  }
  return plan;
}

ChatStream::ChatStream(const ChatPlan& plan, const Tokenizer& tokenizer,
                       const ChatTemplate& chat_template, std::shared_ptr<ChatListener> listener)
    : tokenizer_(tokenizer),
      text_(tokenizer, chat_template, plan.stops, plan.repeated_sentences),
      listener_(std::move(listener)),
      dropped_messages_(plan.dropped_messages),
      wants_tokens_(plan.stream.log_probabilities.has_value()) {}

TokenProbability ChatStream::Describe(int32_t id, float log_probability) const {
  return {std::string(tokenizer_.TokenBytes(id)), log_probability};
}

bool ChatStream::OnToken(const StreamToken& token) {
  const std::string shown = text_.Append(token.id);
  std::vector<ReplyToken> tokens;
  if (wants_tokens_ && text_.state() != ReplyText::State::kEnded) {
    ReplyToken& said = tokens.emplace_back();
    said.drawn = Describe(token.id, token.log_probability);
    for (const TokenCandidate& one : token.best) {
      said.most_likely.push_back(Describe(one.id, one.log_probability));
    }
  }
  if (!shown.empty() || !tokens.empty()) is_refused_ = !listener_->OnText(shown, tokens);
  return !is_refused_ && text_.state() == ReplyText::State::kOpen;
}

void ChatStream::OnEnd(StreamEnd end, const StreamCost& cost, const Error* error) {
  has_ended_ = true;
  if (end == StreamEnd::kFailed) return listener_->OnEnd(*error);
  if (end == StreamEnd::kCancelled) {
    return listener_->OnEnd(Error{ErrorCode::kCancelled, "stopped on request", ""});
  }
  if (const std::string rest = text_.Finish(); !rest.empty() && !is_refused_) {
    is_refused_ = !listener_->OnText(rest, {});
  }
  ChatAnswer answer;
  answer.prompt_tokens = cost.prompt_tokens;
  answer.reused_tokens = cost.reused_tokens;
  answer.new_tokens = cost.new_tokens;
  answer.queue_ms = cost.queue_ms;
  answer.dropped_messages = dropped_messages_;
  if (is_refused_) {
    answer.finish = FinishReason::kStopped;
  } else if (text_.state() == ReplyText::State::kRepetition) {
    answer.finish = FinishReason::kRepetition;
  } else if (end == StreamEnd::kLength && text_.state() == ReplyText::State::kOpen) {
    answer.finish = FinishReason::kLength;
  } else {
    answer.finish = FinishReason::kEnd;
    if (text_.state() == ReplyText::State::kStopString) answer.stop = text_.stop_string();
  }
  listener_->OnEnd(answer);
}

}  // namespace yixin
