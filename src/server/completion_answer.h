// The answers of POST /v1/completions, whole or as a stream of chunks, in OpenAI's older shape.
// Tested by: completion_answer_test.cc
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/openai_writer.h"

namespace yixin {

// {"tokens", "token_logprobs", "top_logprobs", "text_offset"}: lists, an entry a token. A part of a
// character is "bytes:\xe5", as OpenAI has it. In: `offset`, of the first of them in the reply, in
// characters; it is moved behind the last.
nlohmann::ordered_json LegacyLogprobs(std::span<const ReplyToken> tokens, size_t* offset);

class CompletionWriter : public OpenAiWriter {
 public:
  // In: as CompletionRequest::echo, for each reply.
  CompletionWriter(AnswerHead head, const OpenAiWriterOptions& options,
                   std::vector<std::string> echo)
      : OpenAiWriter(std::move(head), options, "text_completion", "text_completion"),
        echo_(std::move(echo)),
        offsets_(echo_.size(), 0) {}
  std::string Begin(size_t index) override;
  std::string Piece(size_t index, std::string_view text,
                    std::span<const ReplyToken> tokens) override;
  std::string End(size_t index, const ChatAnswer& answer) override;
  std::string Whole(std::span<const WrittenReply> replies) override;

 private:
  nlohmann::ordered_json Choice(size_t index, std::string_view text,
                                std::span<const ReplyToken> tokens);

  const std::vector<std::string> echo_;
  std::vector<size_t> offsets_;  // of each reply's next token
};

}  // namespace yixin
