// The answers of POST /v1/chat/completions, whole or as a stream of chunks, in OpenAI's shape.
// Tested by: chat_answer_test.cc
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/openai_writer.h"

namespace yixin {

// {"token", "logprob", "bytes", "top_logprobs"} of each; -9999 stands for less than can be said.
nlohmann::ordered_json LogprobEntries(std::span<const ReplyToken> tokens);

class ChatWriter : public OpenAiWriter {
 public:
  ChatWriter(AnswerHead head, const OpenAiWriterOptions& options)
      : OpenAiWriter(std::move(head), options, "chat.completion", "chat.completion.chunk") {}
  // The first chunk of a reply names the role.
  std::string Begin(size_t index) override;
  std::string Piece(size_t index, std::string_view text,
                    std::span<const ReplyToken> tokens) override;
  std::string End(size_t index, const ChatAnswer& answer) override;
  std::string Whole(std::span<const WrittenReply> replies) override;

 private:
  std::string Delta(size_t index, nlohmann::ordered_json delta, nlohmann::ordered_json logprobs,
                    std::string_view finish) const;
  nlohmann::ordered_json Logprobs(std::span<const ReplyToken> tokens) const;
};

}  // namespace yixin
