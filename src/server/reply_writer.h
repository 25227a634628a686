// What an API makes of the replies to one request: the seam between their coming
// (reply_collector.h) and their JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"
#include "yixin/service.h"

namespace yixin {

// What every part of an answer repeats.
struct AnswerHead {
  std::string id;
  int64_t created_s = 0;
  std::string model;
  std::string fingerprint;  // model, kernel table and version: what the same bits depend on
};

struct WrittenReply {
  std::string text;
  std::vector<ReplyToken> tokens;  // where they were asked for
  ChatAnswer cost;
};

// By its limit, or because it went in circles; else the model ended it.
inline bool WasCut(FinishReason finish) {
  return finish != FinishReason::kEnd && finish != FinishReason::kStopped;
}

// One for each request. Each part of a stream is bytes to send: whole events, perhaps none.
// Threads: one at a time.
class ReplyWriter {
 public:
  virtual ~ReplyWriter() = default;

  // A stream: Begin, any number of Piece, End of each reply, in turns with the other ones; then
  // Close, or Failure at any place behind the first Begin.
  virtual std::string Begin(size_t index) = 0;
  virtual std::string Piece(size_t index, std::string_view text,
                            std::span<const ReplyToken> tokens) = 0;
  virtual std::string End(size_t index, const ChatAnswer& answer) = 0;
  virtual std::string Close(std::span<const ChatAnswer> answers) = 0;
  virtual std::string Failure(const Error& error) = 0;

  // All of them at once: a body.
  virtual std::string Whole(std::span<const WrittenReply> replies) = 0;
};

}  // namespace yixin
