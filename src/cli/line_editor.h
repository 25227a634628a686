// The prompt on a terminal: libedit with history and UTF-8. A terminal that cannot move its cursor
// (TERM unset or "dumb") gets plain lines.
// Tested by: tests/e2e/terminal_test.py, on a pseudo-terminal
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace yixin {

enum class Typed { kLine, kEnd, kInterrupted };

// Inside an InterruptScope, one at a time (libedit's prompt callback knows one editor).
class LineEditor {
 public:
  // history_path: empty for a history of this session alone. A file that cannot be read is no
  // error.
  explicit LineEditor(std::string_view history_path);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  // kEnd: Ctrl-D on an empty line, or the terminal is gone. Escape sequences in the prompt stand
  // between two '\1' bytes. The line comes without its line break.
  Typed Read(std::string_view prompt, std::string* line);

  // Adds to the history, in memory and in the file (mode 0600).
  void Remember(std::string_view line);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace yixin
