// Turns of the conversation: reads the mood, shows it, has the reply made, and answers /commands.
// Tested by: tests/e2e/chat_test.py
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/chat_input.h"
#include "cli/chat_view.h"
#include "cli/session_log.h"
#include "yixin/assistant.h"
#include "yixin/chat.h"

namespace yixin {

struct ChatSettings {
  std::string chat_task;
  std::string sentiment_task;  // empty: the mood is not read
  bool one_pass = false;       // it is read in the conversation's own context
  ReplyOptions reply;
};

class ChatSession {
 public:
  // The assistant and the view outlive the session.
  ChatSession(Assistant& assistant, Conversation conversation, ChatSettings settings,
              ChatView& view);
  // From here on every turn is kept there.
  void Keep(SessionLog log) { log_.emplace(std::move(log)); }

  // False: the person leaves, or nobody reads any more. `line` counts the input's lines from 1.
  bool Handle(const ChatInput& input, uint64_t line);
  void Fail(const Error& error, uint64_t line);

  // Of the first failure; 0 when there was none.
  int exit_code() const { return exit_code_; }

 private:
  void Say(const std::string& text, uint64_t line);
  Result<Classification> ReadMood(const std::string& text);
  void Finish(Result<Reply> reply, uint64_t line);
  // Of /retry and /more, which may have nothing to work on.
  void Again(Result<Reply> reply, std::string_view nothing_there, uint64_t line);
  void Follow(uint64_t line);
  void Save(const std::string& path, uint64_t line);
  void Load(const std::string& path, uint64_t line);
  TextSink Sink();

  Assistant& assistant_;
  Conversation conversation_;
  ChatSettings settings_;
  ChatView& view_;
  std::vector<MoodPoint> moods_;
  std::optional<SessionLog> log_;
  int exit_code_ = 0;
  bool readers_left_ = true;
};

}  // namespace yixin
