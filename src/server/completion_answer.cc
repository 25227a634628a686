// Tested by: completion_answer_test.cc
#include "server/completion_answer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/hex_text.h"
#include "yixin/utf8.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

std::string TokenName(const std::string& bytes) {
  if (!FindInvalidUtf8(bytes)) return bytes;
  std::string name = "bytes:";
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    name += "\\x" + HexText({&value, 1});
  }
  return name;
}

// Each has one byte that is not of the form 10xxxxxx.
size_t CharactersOf(std::string_view bytes) {
  return static_cast<size_t>(std::count_if(bytes.begin(), bytes.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
  }));
}

double Logprob(const TokenProbability& token) {
  return std::max(token.log_probability, kLeastLogprob);
}

}  // namespace

Json LegacyLogprobs(std::span<const ReplyToken> tokens, size_t* offset) {
  Json lists = {{"tokens", Json::array()},
                {"token_logprobs", Json::array()},
                {"top_logprobs", Json::array()},
                {"text_offset", Json::array()}};
  for (const ReplyToken& token : tokens) {
    Json best = Json::object();
    for (const TokenProbability& one : token.most_likely) best[TokenName(one.text)] = Logprob(one);
    best[TokenName(token.drawn.text)] = Logprob(token.drawn);  // always among them
    lists["tokens"].push_back(TokenName(token.drawn.text));
    lists["token_logprobs"].push_back(Logprob(token.drawn));
    lists["top_logprobs"].push_back(std::move(best));
    lists["text_offset"].push_back(*offset);
    *offset += CharactersOf(token.drawn.text);
  }
  return lists;
}

// finish_reason: not yet.
Json CompletionWriter::Choice(size_t index, std::string_view text,
                              std::span<const ReplyToken> tokens) {
  Json choice;
  choice["index"] = index;
  choice["text"] = text;
  choice["logprobs"] =
      options_.with_logprobs ? LegacyLogprobs(tokens, &offsets_[index]) : Json(nullptr);
  choice["finish_reason"] = nullptr;
  return choice;
}

std::string CompletionWriter::Whole(std::span<const WrittenReply> replies) {
  Json choices = Json::array();
  for (size_t i = 0; i < replies.size(); ++i) {
    Json choice = Choice(i, echo_[i] + replies[i].text, replies[i].tokens);
    choice["finish_reason"] = FinishWord(replies[i].cost.finish);
    choices.push_back(std::move(choice));
  }
  return Answer(std::move(choices), replies);
}

std::string CompletionWriter::Begin(size_t index) {
  return echo_[index].empty() ? "" : Chunk(Choice(index, echo_[index], {}));
}

std::string CompletionWriter::Piece(size_t index, std::string_view text,
                                    std::span<const ReplyToken> tokens) {
  return Chunk(Choice(index, text, tokens));
}

std::string CompletionWriter::End(size_t index, const ChatAnswer& answer) {
  Json choice = Choice(index, "", {});
  choice["finish_reason"] = FinishWord(answer.finish);
  return Chunk(std::move(choice));
}

}  // namespace yixin
