// yixin chat --session NAME: the conversation in the file that `yixin serve` keeps its own in, turn
// by turn, so that a killed chat loses the reply it was writing and nothing else. Tested by:
// session_log_test.cc, tests/e2e/chat_session_test.py
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conversations/conversation_store.h"
#include "yixin/chat.h"
#include "yixin/result.h"
#include "yixin/task.h"

namespace yixin {

class SessionLog {
 public:
  // Reads what there is of it. Errors: kInvalidArgument for a name that is none; those of the
  // store.
  static Result<SessionLog> Open(const std::string& file, const std::string& name);

  // Of the conversation as it was found; empty for a new one.
  const std::string& task() const { return task_; }
  size_t turns() const { return kept_.size(); }
  // For Conversation::FromJson.
  std::string ToJson() const;

  // The voice of a conversation that begins now.
  void SetTask(const std::string& task) { task_ = task; }
  // Before a reply. mood: may be null.
  Status Begin(const std::string& text, const Classification* mood);
  // Behind every command: what is kept becomes what the conversation is.
  Status Follow(const std::vector<ChatTurn>& turns);

 private:
  SessionLog(ConversationStore store, std::string name)
      : store_(std::move(store)), name_{"", std::move(name)} {}
  Status Rewrite(const std::vector<ChatTurn>& turns, size_t from);

  ConversationStore store_;
  ConversationName name_;
  std::string task_;
  std::vector<ChatTurn> kept_;
  std::optional<StartedTurn> started_;
};

}  // namespace yixin
