// The answers of POST /v1/responses, whole or as typed events, in the shape of OpenAI's Responses
// API (platform.openai.com/docs/api-reference/responses-streaming).
// Tested by: responses_answer_test.cc
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/reply_writer.h"
#include "server/responses_request.h"

namespace yixin {

// Of one reply, which is one message of one part.
class ResponsesWriter : public ReplyWriter {
 public:
  // In: the head's id is resp_...; the message has the same with msg_.
  ResponsesWriter(AnswerHead head, ResponsesEcho echo)
      : head_(std::move(head)), echo_(std::move(echo)) {}
  std::string Begin(size_t index) override;
  std::string Piece(size_t index, std::string_view text,
                    std::span<const ReplyToken> tokens) override;
  std::string End(size_t index, const ChatAnswer& answer) override;
  std::string Close(std::span<const ChatAnswer> answers) override;
  std::string Failure(const Error& error) override;
  std::string Whole(std::span<const WrittenReply> replies) override;

 private:
  std::string Event(const char* type, const nlohmann::ordered_json& fields);
  // An event of the message's only part.
  std::string PartEvent(const char* type, const char* field, nlohmann::ordered_json value);
  // status: in_progress, completed, incomplete or failed.
  nlohmann::ordered_json Response(std::string_view status) const;
  nlohmann::ordered_json Ended(const ChatAnswer& answer, const std::string& text) const;
  std::string MessageId() const;
  nlohmann::ordered_json Item(std::string_view status) const;

  AnswerHead head_;
  ResponsesEcho echo_;
  std::string text_;  // of a stream, until now
  int64_t sequence_ = 0;
};

}  // namespace yixin
