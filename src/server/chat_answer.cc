// Tested by: chat_answer_test.cc
#include "server/chat_answer.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/json_text.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

Json OneProbability(const TokenProbability& token) {
  Json entry;
  // A part of a character has its bytes alone.
  entry["token"] = token.text;
  entry["logprob"] = std::max(token.log_probability, -9999.0);
  entry["bytes"] = Json::array();
  for (const char byte : token.text) entry["bytes"].push_back(static_cast<unsigned char>(byte));
  return entry;
}

Json LogprobsField(const Json* entries) {
  if (entries == nullptr || entries->is_null()) return nullptr;
  return {{"content", *entries}, {"refusal", nullptr}};
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

std::string_view FinishWord(FinishReason finish) {
  switch (finish) {
    case FinishReason::kLength:
    case FinishReason::kTimeout:
    case FinishReason::kRepetition:
      return "length";
    case FinishReason::kEnd:
    case FinishReason::kStopped:
      break;
  }
  return "stop";
}

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

std::string ChatAnswerText(const AnswerHead& head, std::span<const ChosenReply> replies) {
  Json answer = Opened(head, "chat.completion");
  answer["choices"] = Json::array();
  std::vector<ChatAnswer> costs;
  for (const ChosenReply& reply : replies) {
    Json choice;
    choice["index"] = costs.size();
    choice["message"] = {{"role", "assistant"}, {"content", reply.text}, {"refusal", nullptr}};
    choice["logprobs"] = LogprobsField(reply.logprobs);
    choice["finish_reason"] = FinishWord(reply.cost.finish);
    answer["choices"].push_back(std::move(choice));
    costs.push_back(reply.cost);
  }
  answer["usage"] = UsageOf(costs);
  return JsonText(answer);
}

Json ChunkWriter::Open() const { return Opened(head_, "chat.completion.chunk"); }

std::string ChunkWriter::Chunk(size_t index, Json delta, const Json& entries,
                               std::string_view finish) const {
  Json chunk = Open();
  Json choice;
  choice["index"] = index;
  choice["delta"] = std::move(delta);
  choice["logprobs"] = LogprobsField(&entries);
  choice["finish_reason"] = finish.empty() ? Json() : Json(finish);
  chunk["choices"] = Json::array({std::move(choice)});
  if (with_usage_) chunk["usage"] = nullptr;
  return JsonText(chunk);
}

std::string ChunkWriter::Begin(size_t index) const {
  return Chunk(index, {{"role", "assistant"}, {"content", ""}}, nullptr, "");
}

std::string ChunkWriter::Piece(size_t index, std::string_view text, const Json& entries) const {
  return Chunk(index, {{"content", text}}, entries, "");
}

std::string ChunkWriter::End(size_t index, FinishReason finish) const {
  return Chunk(index, Json::object(), nullptr, FinishWord(finish));
}

std::string ChunkWriter::Usage(std::span<const ChatAnswer> replies) const {
  Json chunk = Open();
  chunk["choices"] = Json::array();
  chunk["usage"] = UsageOf(replies);
  return JsonText(chunk);
}

}  // namespace yixin
