// What the terminal can show: whether it is one, its colours, and how wide a text stands on it.
// Tested by: terminal_test.cc
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yixin {

bool IsTerminal(int fd);

// A terminal that moves its cursor: TERM is set and is not "dumb".
bool CanEditLines();

// Colours: `fd` is a terminal, NO_COLOR is not set (no-color.org) and TERM is not "dumb".
bool WantsColour(int fd);

// Columns of the terminal at `fd`; 80 where it cannot say.
int TerminalColumns(int fd);

// Characters, widths and line editing are those of a UTF-8 locale: the user's, or else C.UTF-8.
void UseUtf8Locale();

// Columns that a text takes: 2 for wide characters and emoji, 0 for combining ones.
// In: any bytes; one that is not UTF-8 counts as one column.
size_t DisplayWidth(std::string_view text);

// The text cut to `columns` columns with "…" at the end, or filled with spaces.
std::string FitColumns(std::string_view text, size_t columns);

// Control characters but line break and tab become U+FFFD, so that a text from a file, a model or
// the network cannot move the cursor or change colours; so do bytes that are not UTF-8.
std::string Printable(std::string_view text);

// While it lives, what is typed at standard input's terminal is kept for later and not shown amid
// what the program writes. Does nothing where there is no terminal. One at a time.
class EchoOff {
 public:
  EchoOff();
  ~EchoOff();
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

  // For a signal handler that ends the program: puts the terminal back. Async-signal-safe.
  static void PutBack();
};

enum class Colour { kNone, kGreen, kRed, kYellow, kCyan, kDim, kBold };

// The text in a colour, or as it is.
std::string Painted(std::string_view text, Colour colour, bool colours);

}  // namespace yixin
