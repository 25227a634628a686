// The answers of POST /v1/chat/completions, whole or as a stream of chunks, in OpenAI's shape.
// Tested by: chat_answer_test.cc
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "yixin/service.h"

namespace yixin {

// What every chunk of an answer repeats.
struct AnswerHead {
  std::string id;
  int64_t created_s = 0;
  std::string model;
  std::string fingerprint;  // model, kernel table and version: what the same bits depend on
};

struct ChosenReply {
  std::string text;
  const nlohmann::ordered_json* logprobs = nullptr;  // null: not asked for
  ChatAnswer cost;
};

// "stop", or "length" where the reply was cut: by its limit, or because it went in circles.
std::string_view FinishWord(FinishReason finish);

// {"token", "logprob", "bytes", "top_logprobs"} of each; -9999 stands for less than can be said.
nlohmann::ordered_json LogprobEntries(std::span<const ReplyToken> tokens);
// The prompt counts once, whatever n is.
nlohmann::ordered_json UsageOf(std::span<const ChatAnswer> replies);

std::string ChatAnswerText(const AnswerHead& head, std::span<const ChosenReply> replies);

// Chunks, each the data of an event. with_usage: "usage": null stands in them, as OpenAI's.
class ChunkWriter {
 public:
  ChunkWriter(AnswerHead head, bool with_usage) : head_(std::move(head)), with_usage_(with_usage) {}
  // The first of a reply names the role.
  std::string Begin(size_t index) const;
  // entries: of LogprobEntries, or null.
  std::string Piece(size_t index, std::string_view text,
                    const nlohmann::ordered_json& entries) const;
  std::string End(size_t index, FinishReason finish) const;
  std::string Usage(std::span<const ChatAnswer> replies) const;

 private:
  std::string Chunk(size_t index, nlohmann::ordered_json delta,
                    const nlohmann::ordered_json& entries, std::string_view finish) const;
  nlohmann::ordered_json Open() const;

  AnswerHead head_;
  bool with_usage_;
};

}  // namespace yixin
