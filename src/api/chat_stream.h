// A request's stream as the scheduler sees it, and its listener as the caller does: ids to text.
// Tested by: service_test.cc
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/scheduler.h"
#include "prompt/chat_template.h"
#include "tasks/message_prompt.h"
#include "tasks/reply_text.h"
#include "tasks/task_spec.h"
#include "tokenizer/tokenizer.h"
#include "yixin/service.h"

namespace yixin {

// What a request asks of the scheduler. task: may be null. context: of prompt and reply together.
struct ChatPlan {
  StreamRequest stream;
  int dropped_messages = 0;
  std::vector<std::string> stops;
  int repeated_sentences = 0;
};
// Errors: kInvalidText, kInvalidArgument, naming what of the request it is.
Result<ChatPlan> PlanChat(const ChatRequest& request, const TaskSpec* task,
                          const Tokenizer& tokenizer, const ChatTemplate& chat_template,
                          int context);

class ChatStream : public StreamListener {
 public:
  ChatStream(const ChatPlan& plan, const Tokenizer& tokenizer, const ChatTemplate& chat_template,
             std::shared_ptr<ChatListener> listener);

  bool OnToken(const StreamToken& token) override;
  void OnEnd(StreamEnd end, const StreamCost& cost, const Error* error) override;
  bool has_ended() const { return has_ended_; }

 private:
  TokenProbability Describe(int32_t id, float log_probability) const;

  Tokenizer tokenizer_;
  ReplyText text_;
  std::shared_ptr<ChatListener> listener_;
  int dropped_messages_;
  bool wants_tokens_;
  bool is_refused_ = false;
  bool has_ended_ = false;
};

}  // namespace yixin
