// Tested by: chat_answer_test.cc
#include "server/chat_answer.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "server/api_error.h"
#include "server/exchange.h"
#include "server/json_text.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kLastEvent = "[DONE]";

Json OneProbability(const TokenProbability& token) {
  Json entry;
  // A part of a character has its bytes alone.
  entry["token"] = token.text;
  entry["logprob"] = std::max(token.log_probability, -9999.0);
  entry["bytes"] = Json::array();
  for (const char byte : token.text) entry["bytes"].push_back(static_cast<unsigned char>(byte));
  return entry;
}

Json Opened(const AnswerHead& head, const char* object) {
  Json answer;
  answer["id"] = head.id;
  answer["object"] = object;
  answer["created"] = head.created_s;
  answer["model"] = head.model;
  answer["system_fingerprint"] = head.fingerprint;
  return answer;
}

}  // namespace

std::string_view FinishWord(FinishReason finish) { return WasCut(finish) ? "length" : "stop"; }

Json LogprobEntries(std::span<const ReplyToken> tokens) {
  Json entries = Json::array();
  for (const ReplyToken& token : tokens) {
    Json entry = OneProbability(token.drawn);
    entry["top_logprobs"] = Json::array();
    for (const TokenProbability& one : token.most_likely) {
      entry["top_logprobs"].push_back(OneProbability(one));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

Json UsageOf(std::span<const ChatAnswer> replies) {
  int new_tokens = 0;
  for (const ChatAnswer& reply : replies) new_tokens += reply.new_tokens;
  const ChatAnswer first = replies.empty() ? ChatAnswer{} : replies.front();
  Json usage;
  usage["prompt_tokens"] = first.prompt_tokens;
  usage["completion_tokens"] = new_tokens;
  usage["total_tokens"] = first.prompt_tokens + new_tokens;
  usage["prompt_tokens_details"] = {{"cached_tokens", first.reused_tokens}};
  return usage;
}

Json ChatWriter::Logprobs(std::span<const ReplyToken> tokens) const {
  if (!options_.with_logprobs) return nullptr;
  return {{"content", LogprobEntries(tokens)}, {"refusal", nullptr}};
}

std::string ChatWriter::Whole(std::span<const WrittenReply> replies) {
  Json answer = Opened(head_, "chat.completion");
  answer["choices"] = Json::array();
  std::vector<ChatAnswer> costs;
  for (const WrittenReply& reply : replies) {
    Json choice;
    choice["index"] = costs.size();
    choice["message"] = {{"role", "assistant"}, {"content", reply.text}, {"refusal", nullptr}};
    choice["logprobs"] = Logprobs(reply.tokens);
    choice["finish_reason"] = FinishWord(reply.cost.finish);
    answer["choices"].push_back(std::move(choice));
    costs.push_back(reply.cost);
  }
  answer["usage"] = UsageOf(costs);
  return JsonText(answer);
}

std::string ChatWriter::Chunk(size_t index, Json delta, Json logprobs,
                              std::string_view finish) const {
  Json chunk = Opened(head_, "chat.completion.chunk");
  Json choice;
  choice["index"] = index;
  choice["delta"] = std::move(delta);
  choice["logprobs"] = std::move(logprobs);
  choice["finish_reason"] = finish.empty() ? Json() : Json(finish);
  chunk["choices"] = Json::array({std::move(choice)});
  if (options_.with_usage) chunk["usage"] = nullptr;
  return ServerSentEvent("", JsonText(chunk));
}

std::string ChatWriter::Begin(size_t index) {
  return Chunk(index, {{"role", "assistant"}, {"content", ""}}, nullptr, "");
}

std::string ChatWriter::Piece(size_t index, std::string_view text,
                              std::span<const ReplyToken> tokens) {
  return Chunk(index, {{"content", text}}, Logprobs(tokens), "");
}

std::string ChatWriter::End(size_t index, const ChatAnswer& answer) {
  return Chunk(index, Json::object(), nullptr, FinishWord(answer.finish));
}

std::string ChatWriter::Close(std::span<const ChatAnswer> answers) {
  std::string events;
  if (options_.with_usage) {
    Json chunk = Opened(head_, "chat.completion.chunk");
    chunk["choices"] = Json::array();
    chunk["usage"] = UsageOf(answers);
    events = ServerSentEvent("", JsonText(chunk));
  }
  return events + ServerSentEvent("", kLastEvent);
}

std::string ChatWriter::Failure(const Error& error) {
  return ServerSentEvent("", ErrorResponse(error).body) + ServerSentEvent("", kLastEvent);
}

}  // namespace yixin
