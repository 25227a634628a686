// Where the conversation's lines come from: the line editor on a terminal, or standard input.
// Tested by: tests/e2e/chat_test.py, tests/e2e/terminal_test.py
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cli/line_editor.h"
#include "yixin/result.h"

namespace yixin {

struct ChatLine {
  Typed typed = Typed::kEnd;
  std::string text;
  uint64_t number = 0;           // from 1
  std::optional<Error> failure;  // of this line, or (kEnd) of the input
};

// in_block: the line goes on a text of several lines.
using LineSource = std::function<ChatLine(bool in_block)>;

LineSource LinesFromTerminal(bool history, bool colours);
LineSource LinesFromStandardInput();

}  // namespace yixin
