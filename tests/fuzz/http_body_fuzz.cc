// Any bytes as the body of each route: what is taken is within the limits, what is refused says so
// in words that are JSON again.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "conversations/conversation_store.h"
#include "server/api_error.h"
#include "server/assist_request.h"
#include "server/chat_request.h"
#include "server/classify_request.h"
#include "server/completion_request.h"
#include "server/messages_request.h"
#include "server/predict_request.h"
#include "server/responses_request.h"

namespace {

template <class T>
bool Taken(const yixin::Result<T>& request) {
  if (request) return true;
  const yixin::ServerResponse response = yixin::ErrorResponse(request.error());
  for (const auto shape : {yixin::ErrorShape::kAnthropic, yixin::ErrorShape::kTei}) {
    const auto other = yixin::InShape(shape, "id", response);
    if (other.body == response.body || !nlohmann::json::accept(other.body)) std::abort();
  }
  const auto body = nlohmann::json::parse(response.body);  // throws, and that is a finding
  if (response.status < 400 || response.status >= 500) std::abort();
  if (!body.at("error").at("message").is_string()) std::abort();
  return false;
}

void Check(bool good) {
  if (!good) std::abort();
}

bool IsShare(const std::optional<double>& value) { return !value || (*value >= 0 && *value <= 1); }

void CheckReply(const yixin::ReplyOptions& reply) {
  Check(reply.seed.has_value());
  Check(!reply.temperature || (*reply.temperature >= 0 && *reply.temperature <= 2));
  Check(!reply.top_p || (*reply.top_p > 0 && *reply.top_p <= 1));
  Check(IsShare(reply.min_p));
  Check(!reply.top_k || *reply.top_k >= 0);
  Check(!reply.max_new_tokens || *reply.max_new_tokens > 0);
}

void CheckReplies(const yixin::ReplyRequest& request, size_t most, size_t most_messages) {
  Check(!request.replies.empty() && request.replies.size() <= most);
  for (const yixin::ChatRequest& reply : request.replies) {
    Check(reply.messages.size() <= most_messages);
    Check(reply.prompt ? !reply.prompt->empty() : !reply.messages.empty());
    Check(std::isfinite(reply.presence_penalty) && std::isfinite(reply.frequency_penalty));
    CheckReply(reply.reply);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  yixin::ServedModels served;
  served.model = "m";
  served.default_task = "t";
  served.tasks = {{"t", "score", "", {"a"}}, {"c", "chat", "", {}}};
  const yixin::ServerLimits limits{.json_depth = 8, .texts = 4, .messages = 4, .replies = 3};
  const auto labels = yixin::ParseClassifyRequest(body, served, limits);
  if (Taken(labels)) Check(!labels->texts.empty() && labels->texts.size() <= limits.texts);
  const auto predict = yixin::ParsePredictRequest(body, served, limits);
  if (Taken(predict)) {
    Check(!predict->texts.empty() && predict->texts.size() <= limits.texts);
    Check(predict->is_batch || predict->texts.size() == 1);
  }
  const auto chat = yixin::ParseChatRequest(body, served, limits);
  if (Taken(chat)) CheckReplies(*chat, 3, limits.messages);
  const auto messages = yixin::ParseMessagesRequest(body, served, limits);
  if (Taken(messages)) CheckReplies(*messages, 1, limits.messages + 1);
  const auto responses = yixin::ParseResponsesRequest(body, served, limits);
  if (Taken(responses)) CheckReplies(*responses, 1, limits.messages + 1);
  const auto completion = yixin::ParseCompletionRequest(body, served, limits);
  if (Taken(completion)) {
    CheckReplies(*completion, limits.completions, 0);
    Check(completion->echo.size() == completion->replies.size());
  }
  const auto assist = yixin::ParseAssistRequest(body, served, limits);
  if (Taken(assist)) {
    Check(assist->conversation.empty() || yixin::IsConversationName(assist->conversation));
    CheckReply(assist->reply);
  }
  return 0;
}
