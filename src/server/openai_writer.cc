// Tested by: chat_answer_test.cc, completion_answer_test.cc
#include "server/openai_writer.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "server/api_error.h"
#include "server/exchange.h"
#include "server/json_text.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kLastEvent = "[DONE]";

}  // namespace

std::string_view FinishWord(FinishReason finish) { return WasCut(finish) ? "length" : "stop"; }

Json UsageOf(std::span<const ChatAnswer> replies, size_t of_a_prompt) {
  int prompt_tokens = 0;
  int reused_tokens = 0;
  int new_tokens = 0;
  for (size_t i = 0; i < replies.size(); ++i) {
    new_tokens += replies[i].new_tokens;
    if (of_a_prompt == 0 ? i != 0 : i % of_a_prompt != 0) continue;
    prompt_tokens += replies[i].prompt_tokens;
    reused_tokens += replies[i].reused_tokens;
  }
  Json usage;
  usage["prompt_tokens"] = prompt_tokens;
  usage["completion_tokens"] = new_tokens;
  usage["total_tokens"] = prompt_tokens + new_tokens;
  usage["prompt_tokens_details"] = {{"cached_tokens", reused_tokens}};
  return usage;
}

Json OpenAiWriter::Opened(const char* object) const {
  Json answer;
  answer["id"] = head_.id;
  answer["object"] = object;
  answer["created"] = head_.created_s;
  answer["model"] = head_.model;
  answer["system_fingerprint"] = head_.fingerprint;
  return answer;
}

std::string OpenAiWriter::Answer(Json choices, std::span<const WrittenReply> replies) const {
  std::vector<ChatAnswer> costs;
  for (const WrittenReply& reply : replies) costs.push_back(reply.cost);
  Json answer = Opened(whole_);
  answer["choices"] = std::move(choices);
  answer["usage"] = UsageOf(costs, options_.replies_of_a_prompt);
  return JsonText(answer);
}

std::string OpenAiWriter::Chunk(Json choice) const {
  Json chunk = Opened(chunk_);
  chunk["choices"] = Json::array({std::move(choice)});
  if (options_.with_usage) chunk["usage"] = nullptr;
  return ServerSentEvent("", JsonText(chunk));
}

std::string OpenAiWriter::Close(std::span<const ChatAnswer> answers) {
  std::string events;
  if (options_.with_usage) {
    Json chunk = Opened(chunk_);
    chunk["choices"] = Json::array();
    chunk["usage"] = UsageOf(answers, options_.replies_of_a_prompt);
    events = ServerSentEvent("", JsonText(chunk));
  }
  return events + ServerSentEvent("", kLastEvent);
}

std::string OpenAiWriter::Failure(const Error& error) {
  return ServerSentEvent("", ErrorResponse(error).body) + ServerSentEvent("", kLastEvent);
}

}  // namespace yixin
