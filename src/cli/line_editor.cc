#include "cli/line_editor.h"

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <cwchar>

#include "cli/interrupt.h"
#include "cli/line_reader.h"
#include "cli/terminal.h"

namespace yixin {
namespace {

constexpr int kHistoryLines = 1000;
// Bound to InsertInvisible; Ctrl-^, which no keyboard sends by accident.
constexpr wchar_t kInsertInvisible = 0x1e;

// A prompt without what stands between two '\1'.
std::string WithoutEscapes(std::string_view prompt) {
  std::string shown;
  bool escape = false;
  for (const char c : prompt) {
    if (c == '\1') {
      escape = !escape;
    } else if (!escape) {
      shown += c;
    }
  }
  return shown;
}

// A Ctrl-D from the time of the reply: the terminal, still in its line mode, has something to read
// that is no byte. In raw mode it would come as a NUL.
bool EndWasTyped() {
  pollfd wanted{STDIN_FILENO, POLLIN, 0};
  int bytes = 0;
  if (poll(&wanted, 1, 0) != 1 || ioctl(STDIN_FILENO, FIONREAD, &bytes) != 0 || bytes > 0) {
    return false;
  }
  char byte = 0;
  return read(STDIN_FILENO, &byte, 1) == 0;
}

}  // namespace

struct LineEditor::State {
  EditLine* editor = nullptr;  // null: plain lines
  History* history = nullptr;
  HistEvent event{};
  std::string history_path;
  std::string prompt;
  std::string invisible;  // a character of no width that waits for InsertInvisible
  LineReader lines{STDIN_FILENO};

  static State& Of(EditLine* editor) {
    State* state = nullptr;
    el_get(editor, EL_CLIENTDATA, &state);
    return *state;
  }
  static char* Prompt(EditLine* editor) { return Of(editor).prompt.data(); }
  static int ReadCharacter(EditLine* editor, wchar_t* character);
  static unsigned char InsertInvisible(EditLine* editor, int);
  void Redraw();
};

// One character from the terminal, as libedit's own reader gives it, but no signal gets lost or
// ends the program. Gives 1; 0 at the end; -1 with errno.
//
// A character of no width (the joiners and selectors in emoji sequences) would be sent to the
// terminal as it is typed at a line's end; what the terminal makes of it nobody knows, and the
// cursor is wrong from there on. So it goes into the line by a command that redraws; libedit then
// shows a sequence as its parts.
int LineEditor::State::ReadCharacter(EditLine* editor, wchar_t* character) {
  State& state = Of(editor);
  mbstate_t shift{};
  std::string bytes;
  for (;;) {
    switch (WaitReadable(STDIN_FILENO)) {
      case Waited::kInterrupted:
        errno = EINTR;
        return -1;
      case Waited::kRedraw:
        state.Redraw();
        continue;
      case Waited::kReadable:
      case Waited::kFailed:
        break;
    }
    char byte = 0;
    const ssize_t got = read(STDIN_FILENO, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return static_cast<int>(got);
    bytes += byte;
    const size_t used = mbrtowc(character, &byte, 1, &shift);
    if (used == static_cast<size_t>(-2)) continue;  // more bytes to come
    if (used == static_cast<size_t>(-1)) {          // not UTF-8: as if it had not been typed
      shift = mbstate_t{};
      bytes.clear();
      continue;
    }
    if (*character >= 0x80 && wcwidth(*character) == 0) {
      state.invisible = bytes;
      *character = kInsertInvisible;
    }
    return 1;
  }
}

unsigned char LineEditor::State::InsertInvisible(EditLine* editor, int) {
  State& state = Of(editor);
  if (state.invisible.empty()) return CC_NORM;
  el_insertstr(editor, state.invisible.c_str());
  state.invisible.clear();
  return CC_REFRESH;
}

// After another width, or on the way back from the background: the line once more from its start.
void LineEditor::State::Redraw() {
  const LineInfo* line = el_line(editor);
  const size_t before =
      DisplayWidth(WithoutEscapes(prompt)) +
      DisplayWidth({line->buffer, static_cast<size_t>(line->cursor - line->buffer)});
  const size_t rows_above = before / static_cast<size_t>(TerminalColumns(STDOUT_FILENO));
  // The shell may have set its own modes meanwhile, which libedit does not look at.
  el_set(editor, EL_PREP_TERM, 0);
  el_set(editor, EL_PREP_TERM, 1);
  std::string clear = "\r";
  if (rows_above > 0) clear += "\033[" + std::to_string(rows_above) + "A";
  clear += "\033[J";
  std::fputs(clear.c_str(), stdout);
  std::fflush(stdout);
  el_resize(editor);
  el_set(editor, EL_REFRESH);
}

LineEditor::LineEditor(std::string_view history_path) : state_(std::make_unique<State>()) {
  if (!CanEditLines()) return;
  State& state = *state_;
  state.editor = el_init("yixin", stdin, stdout, stderr);
  if (state.editor == nullptr) return;
  state.history = history_init();
  state.history_path = history_path;
  el_set(state.editor, EL_CLIENTDATA, &state);
  el_set(state.editor, EL_PROMPT_ESC, &State::Prompt, '\1');
  el_set(state.editor, EL_EDITOR, "emacs");
  el_set(state.editor, EL_SIGNAL, 0);
  el_set(state.editor, EL_GETCFN, &State::ReadCharacter);
  // The wide form: el_set copies both texts and never frees them.
  el_wset(state.editor, EL_ADDFN, L"insert-invisible", L"insert a character of no width",
          &State::InsertInvisible);
  el_set(state.editor, EL_BIND, "^^", "insert-invisible", nullptr);
  // Home, End, Delete as terminals send them.
  el_set(state.editor, EL_BIND, "\033[H", "ed-move-to-beg", nullptr);
  el_set(state.editor, EL_BIND, "\033[F", "ed-move-to-end", nullptr);
  el_set(state.editor, EL_BIND, "\033[1~", "ed-move-to-beg", nullptr);
  el_set(state.editor, EL_BIND, "\033[4~", "ed-move-to-end", nullptr);
  el_set(state.editor, EL_BIND, "\033[3~", "ed-delete-next-char", nullptr);
  el_set(state.editor, EL_BIND, "\033[1;5D", "ed-prev-word", nullptr);
  el_set(state.editor, EL_BIND, "\033[1;5C", "em-next-word", nullptr);
  if (state.history != nullptr) {
    history(state.history, &state.event, H_SETSIZE, kHistoryLines);
    history(state.history, &state.event, H_SETUNIQUE, 1);
    el_set(state.editor, EL_HIST, history, state.history);
    if (!state.history_path.empty()) {
      history(state.history, &state.event, H_LOAD, state.history_path.c_str());
    }
  }
}

LineEditor::~LineEditor() {
  if (state_->editor != nullptr) el_end(state_->editor);
  if (state_->history != nullptr) history_end(state_->history);
}

Typed LineEditor::Read(std::string_view prompt, std::string* line) {
  State& state = *state_;
  state.prompt = prompt;
  std::fflush(stdout);
  if (state.editor == nullptr) {
    std::fputs(WithoutEscapes(prompt).c_str(), stdout);
    std::fflush(stdout);
    auto next = state.lines.Next();
    if (!next)
      return next.error().code == ErrorCode::kCancelled ? Typed::kInterrupted : Typed::kEnd;
    if (!next->has_value()) return Typed::kEnd;
    *line = std::move((*next)->text);
    return Typed::kLine;
  }
  if (EndWasTyped()) return Typed::kEnd;
  // Before the prompt is seen: a Ctrl-D that comes between the two would be lost.
  el_set(state.editor, EL_PREP_TERM, 1);
  int count = 0;
  const char* typed = el_gets(state.editor, &count);
  if (Interrupts().requested()) return Typed::kInterrupted;
  if (typed == nullptr || count <= 0) return Typed::kEnd;
  *line = std::string(typed);
  while (!line->empty() && (line->back() == '\n' || line->back() == '\r')) line->pop_back();
  return Typed::kLine;
}

void LineEditor::Remember(std::string_view line) {
  State& state = *state_;
  if (state.history == nullptr || line.empty()) return;
  history(state.history, &state.event, H_ENTER, std::string(line).c_str());
  if (state.history_path.empty()) return;
  // Made private before a word is in it; libedit keeps the mode.
  const int fd =
      open(state.history_path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return;
  fchmod(fd, 0600);
  close(fd);
  history(state.history, &state.event, H_SAVE, state.history_path.c_str());
}

}  // namespace yixin
