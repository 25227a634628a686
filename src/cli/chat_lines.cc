#include "cli/chat_lines.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "cli/chat_view.h"
#include "cli/files.h"
#include "cli/line_reader.h"

namespace yixin {

LineSource LinesFromTerminal(bool history, bool colours) {
  auto editor = std::make_shared<LineEditor>(history ? HistoryPath() : "");
  const std::string prompt =
      colours ? fmt::format("\1\033[1m\1{}\1\033[0m\1", kUserPrompt) : std::string(kUserPrompt);
  return [editor, prompt, number = uint64_t{0}](bool in_block) mutable {
    ChatLine line;
    line.typed = editor->Read(in_block ? "… " : prompt, &line.text);
    line.number = ++number;
    if (line.typed == Typed::kLine) {
      editor->Remember(line.text);
    } else {
      StandardOutput().Line("");  // ends the prompt's line
    }
    return line;
  };
}

LineSource LinesFromStandardInput() {
  auto reader = std::make_shared<LineReader>(STDIN_FILENO);
  return [reader](bool) {
    ChatLine line;
    auto next = reader->Next();
    if (!next && next.error().code == ErrorCode::kCancelled) {
      line.typed = Typed::kInterrupted;
    } else if (!next) {
      line.failure = next.error();
    } else if (next->has_value()) {
      line.typed = Typed::kLine;
      line.text = std::move((*next)->text);
      line.number = (*next)->number;
      if ((*next)->too_long) {
        line.failure = Error{ErrorCode::kInvalidText, "the line is longer than 16 MiB", ""};
      }
    }
    return line;
  };
}

}  // namespace yixin
