// Tested by: chat_answer_test.cc
#include "server/chat_answer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

Json OneProbability(const TokenProbability& token) {
  Json entry;
  // A part of a character has its bytes alone.
  entry["token"] = token.text;
  entry["logprob"] = std::max(token.log_probability, kLeastLogprob);
  entry["bytes"] = Json::array();
  for (const char byte : token.text) entry["bytes"].push_back(static_cast<unsigned char>(byte));
  return entry;
}

}  // namespace

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

Json ChatWriter::Logprobs(std::span<const ReplyToken> tokens) const {
  if (!options_.with_logprobs) return nullptr;
  return {{"content", LogprobEntries(tokens)}, {"refusal", nullptr}};
}

std::string ChatWriter::Whole(std::span<const WrittenReply> replies) {
  Json choices = Json::array();
  for (const WrittenReply& reply : replies) {
    Json choice;
    choice["index"] = choices.size();
    choice["message"] = {{"role", "assistant"}, {"content", reply.text}, {"refusal", nullptr}};
    choice["logprobs"] = Logprobs(reply.tokens);
    choice["finish_reason"] = FinishWord(reply.cost.finish);
    choices.push_back(std::move(choice));
  }
  return Answer(std::move(choices), replies);
}

std::string ChatWriter::Delta(size_t index, Json delta, Json logprobs,
                              std::string_view finish) const {
  Json choice;
  choice["index"] = index;
  choice["delta"] = std::move(delta);
  choice["logprobs"] = std::move(logprobs);
  choice["finish_reason"] = finish.empty() ? Json() : Json(finish);
  return Chunk(std::move(choice));
}

std::string ChatWriter::Begin(size_t index) {
  return Delta(index, {{"role", "assistant"}, {"content", ""}}, nullptr, "");
}

std::string ChatWriter::Piece(size_t index, std::string_view text,
                              std::span<const ReplyToken> tokens) {
  return Delta(index, {{"content", text}}, Logprobs(tokens), "");
}

std::string ChatWriter::End(size_t index, const ChatAnswer& answer) {
  return Delta(index, Json::object(), nullptr, FinishWord(answer.finish));
}

}  // namespace yixin
