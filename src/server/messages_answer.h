// The answers of POST /v1/messages, whole or as events, in Anthropic's shape
// (docs.anthropic.com/en/api/messages-streaming).
// Tested by: messages_answer_test.cc
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/reply_writer.h"

namespace yixin {

// Of one reply.
class MessagesWriter : public ReplyWriter {
 public:
  MessagesWriter(AnswerHead head, std::string request_id)
      : head_(std::move(head)), request_id_(std::move(request_id)) {}
  // How many tokens the prompt has is known at the end: message_start says 0 of it, message_delta
  // the count.
  std::string Begin(size_t index) override;
  std::string Piece(size_t index, std::string_view text,
                    std::span<const ReplyToken> tokens) override;
  std::string End(size_t index, const ChatAnswer& answer) override;
  std::string Close(std::span<const ChatAnswer> answers) override;
  std::string Failure(const Error& error) override;
  std::string Whole(std::span<const WrittenReply> replies) override;

 private:
  nlohmann::ordered_json Message() const;

  AnswerHead head_;
  std::string request_id_;
};

}  // namespace yixin
