// What a line of the conversation asks for: words to the model, or one of the /commands.
// Tested by: chat_input_test.cc
#pragma once

#include <string>
#include <string_view>

namespace yixin {

enum class ChatVerb {
  kNothing,  // an empty line
  kText,
  kLeave,  // 退出, quit, exit, /exit, /quit
  kHelp,
  kClear,
  kRetry,
  kMore,
  kSystem,  // argument: the prompt
  kMood,
  kStats,
  kSave,     // argument: the file
  kLoad,     // argument: the file
  kMistake,  // an unknown command, or one without what it needs; argument: what to say about it
};

struct ChatInput {
  ChatVerb verb = ChatVerb::kNothing;
  std::string argument;  // kText: the text, byte for byte
};

// A command starts the line and is one word of letters after the slash; `/usr/bin 是什么` is text.
ChatInput ParseChatInput(std::string_view line);

// The lines of /help.
std::string ChatHelp();

// Lines between `"""` and `"""`, joined. The marks open at a line's start and close at a line's
// end; they may stand on one line.
class BlockText {
 public:
  // Whether the line opens a block or stands in one; then it is taken.
  bool Takes(std::string_view line);
  bool is_open() const { return open_; }
  // What was taken so far; the block is empty and closed again.
  std::string Finish();

 private:
  void Add(std::string_view line);

  std::string text_;
  bool open_ = false;
  bool first_ = true;
};

}  // namespace yixin
