// The answers of POST /v1/chat/completions, whole or as a stream of chunks, in OpenAI's shape.
// Tested by: chat_answer_test.cc
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/reply_writer.h"
#include "yixin/service.h"

namespace yixin {

// "stop", or "length" where the reply was cut.
std::string_view FinishWord(FinishReason finish);

// {"token", "logprob", "bytes", "top_logprobs"} of each; -9999 stands for less than can be said.
nlohmann::ordered_json LogprobEntries(std::span<const ReplyToken> tokens);
// The prompt counts once, whatever n is.
nlohmann::ordered_json UsageOf(std::span<const ChatAnswer> replies);

struct ChatWriterOptions {
  bool with_logprobs = false;
  // A chunk for it at the end; "usage": null stands in the others, as OpenAI has it.
  bool with_usage = false;
};

class ChatWriter : public ReplyWriter {
 public:
  ChatWriter(AnswerHead head, const ChatWriterOptions& options)
      : head_(std::move(head)), options_(options) {}
  // The first chunk of a reply names the role.
  std::string Begin(size_t index) override;
  std::string Piece(size_t index, std::string_view text,
                    std::span<const ReplyToken> tokens) override;
  std::string End(size_t index, const ChatAnswer& answer) override;
  std::string Close(std::span<const ChatAnswer> answers) override;
  std::string Failure(const Error& error) override;
  std::string Whole(std::span<const WrittenReply> replies) override;

 private:
  std::string Chunk(size_t index, nlohmann::ordered_json delta, nlohmann::ordered_json logprobs,
                    std::string_view finish) const;
  nlohmann::ordered_json Logprobs(std::span<const ReplyToken> tokens) const;

  AnswerHead head_;
  ChatWriterOptions options_;
};

}  // namespace yixin
