// The routes that reply to a request and keep nothing: each reads its API's body and has a writer
// of its answers; the rest is one path.
// Tested by: app_test.cc
#include <ctime>
#include <functional>
#include <memory>
#include <utility>

#include "server/app.h"
#include "server/chat_answer.h"
#include "server/chat_request.h"
#include "server/completion_answer.h"
#include "server/completion_request.h"
#include "server/messages_answer.h"
#include "server/messages_request.h"
#include "server/reply_collector.h"
#include "server/responses_answer.h"
#include "server/responses_request.h"

namespace yixin {

// Whose turn it is among those who wait: a key's, an address's, and each of its users'.
uint64_t App::ClientOf(const ServerRequest& request, const std::string& user) const {
  const bool has_keys = !options_.access.keys.empty();  // else anybody may send any
  const std::string key(has_keys ? KeyOf(request) : "");
  return std::hash<std::string>()(key + '\n' + request.peer + '\n' + user);
}

AnswerHead App::HeadOf(const Call& call, const char* kind, const ReplyRequest& request) const {
  return {kind + call.id, std::time(nullptr), request.model, options_.served.fingerprint};
}

void App::Reply(const Call& call, ReplyRequest request, std::unique_ptr<ReplyWriter> writer) {
  const uint64_t client = ClientOf(call.request, request.user);
  for (ChatRequest& reply : request.replies) reply.client = client;
  StartReplies(
      backend_, request, std::move(writer),
      [this](const ReplyTimes& times) { metrics_.Count(times); }, call.exchange);
}

void App::Chat(const Call& call) {
  auto wanted = ParseChatRequest(call.request.body, options_.served, options_.limits);
  if (!wanted) return call.exchange->Respond(ErrorResponse(wanted.error()));
  const OpenAiWriterOptions options{
      .with_logprobs = wanted->replies.front().log_probabilities.has_value(),
      .with_usage = wanted->include_usage};
  auto writer = std::make_unique<ChatWriter>(HeadOf(call, "chatcmpl-", *wanted), options);
  Reply(call, *std::move(wanted), std::move(writer));
}

void App::Completion(const Call& call) {
  auto wanted = ParseCompletionRequest(call.request.body, options_.served, options_.limits);
  if (!wanted) return call.exchange->Respond(ErrorResponse(wanted.error()));
  const OpenAiWriterOptions options{
      .with_logprobs = wanted->replies.front().log_probabilities.has_value(),
      .with_usage = wanted->include_usage,
      .replies_of_a_prompt = wanted->names.replies_of_a_prompt};
  auto writer =
      std::make_unique<CompletionWriter>(HeadOf(call, "cmpl-", *wanted), options, wanted->echo);
  Reply(call, *std::move(wanted), std::move(writer));
}

void App::Messages(const Call& call) {
  call.exchange->AddHeaders({{"Request-Id", call.id}});  // Anthropic's name of X-Request-Id
  auto wanted = ParseMessagesRequest(call.request.body, options_.served, options_.limits);
  if (!wanted) return call.exchange->Respond(ErrorResponse(wanted.error()));
  auto writer = std::make_unique<MessagesWriter>(HeadOf(call, "msg_", *wanted), call.id);
  Reply(call, *std::move(wanted), std::move(writer));
}

void App::Responses(const Call& call) {
  auto wanted = ParseResponsesRequest(call.request.body, options_.served, options_.limits);
  if (!wanted) return call.exchange->Respond(ErrorResponse(wanted.error()));
  auto writer = std::make_unique<ResponsesWriter>(HeadOf(call, "resp_", *wanted), wanted->echo);
  Reply(call, *std::move(wanted), std::move(writer));
}

}  // namespace yixin
