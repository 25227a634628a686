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
#include "tokenizer/vocabulary_trie.h"
#include "yixin/service.h"

namespace yixin {

// What a request asks of the scheduler.
struct ChatPlan {
  StreamRequest stream;
  std::unique_ptr<TokenConstraint> constraint;  // null: whatever the model says
  int dropped_messages = 0;
  std::vector<std::string> stops;
  int repeated_sentences = 0;
};
struct ChatPlanner {
  const Tokenizer& tokenizer;
  const ChatTemplate& chat_template;
  std::shared_ptr<const VocabularyTrie> trie;  // needed for a json_schema
  int context = 0;                             // of prompt and reply together

  // task: may be null. Errors: kInvalidText, kInvalidArgument, naming what of the request it is.
  Result<ChatPlan> Plan(const ChatRequest& request, const TaskSpec* task) const;

 private:
  struct Shape;
  Result<Shape> ShapeOf(const ChatRequest& request) const;
};

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
