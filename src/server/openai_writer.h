// What OpenAI's two completions have in common: answers and chunks of choices, usage, [DONE].
// Tested by: chat_answer_test.cc, completion_answer_test.cc
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/reply_writer.h"
#include "yixin/service.h"

namespace yixin {

// Stands for less than JSON can say.
inline constexpr double kLeastLogprob = -9999;

// "stop", or "length" where the reply was cut.
std::string_view FinishWord(FinishReason finish);

// A prompt counts once, however many replies it has. In: `of_a_prompt` replies in a row share one;
// 0: all of them do.
nlohmann::ordered_json UsageOf(std::span<const ChatAnswer> replies, size_t of_a_prompt = 0);

struct OpenAiWriterOptions {
  bool with_logprobs = false;
  // A chunk for it at the end; "usage": null stands in the others, as OpenAI has it.
  bool with_usage = false;
  size_t replies_of_a_prompt = 0;  // as UsageOf has it
};

class OpenAiWriter : public ReplyWriter {
 public:
  std::string Close(std::span<const ChatAnswer> answers) override;
  std::string Failure(const Error& error) override;

 protected:
  // In: what `object` says of an answer and of a chunk; static strings.
  OpenAiWriter(AnswerHead head, const OpenAiWriterOptions& options, const char* whole,
               const char* chunk)
      : options_(options), head_(std::move(head)), whole_(whole), chunk_(chunk) {}

  // An event of one choice.
  std::string Chunk(nlohmann::ordered_json choice) const;
  // The body of all of them.
  std::string Answer(nlohmann::ordered_json choices, std::span<const WrittenReply> replies) const;

  const OpenAiWriterOptions options_;

 private:
  nlohmann::ordered_json Opened(const char* object) const;

  const AnswerHead head_;
  const char* const whole_;
  const char* const chunk_;
};

}  // namespace yixin
