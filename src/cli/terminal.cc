#include "cli/terminal.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <utf8proc.h>

#include <atomic>
#include <clocale>
#include <cstdlib>
#include <cstring>

#include "yixin/utf8.h"

namespace yixin {
namespace {

struct Character {
  utf8proc_int32_t code_point;  // negative: not UTF-8
  size_t bytes;
};

Character FirstCharacter(std::string_view text) {
  utf8proc_int32_t code_point = -1;
  const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &code_point);
  if (length <= 0) return {-1, 1};
  return {code_point, static_cast<size_t>(length)};
}

size_t WidthOf(const Character& character) {
  if (character.code_point < 0) return 1;
  return static_cast<size_t>(utf8proc_charwidth(character.code_point));
}

termios g_echoing;
std::atomic<bool> g_echo_is_off{false};

bool TermIs(const char* name) {
  const char* term = std::getenv("TERM");
  return term != nullptr && std::strcmp(term, name) == 0;
}

}  // namespace

bool IsTerminal(int fd) { return isatty(fd) == 1; }

bool CanEditLines() {
  const char* term = std::getenv("TERM");
  return term != nullptr && *term != '\0' && !TermIs("dumb");
}

bool WantsColour(int fd) {
  const char* no_colour = std::getenv("NO_COLOR");
  return IsTerminal(fd) && (no_colour == nullptr || *no_colour == '\0') && CanEditLines();
}

int TerminalColumns(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void UseUtf8Locale() {
  // Only characters follow the locale: numbers keep their decimal point.
  if (std::setlocale(LC_CTYPE, "") != nullptr && std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0) {
    return;
  }
  for (const char* name : {"C.UTF-8", "C.utf8", "en_US.UTF-8"}) {
    if (std::setlocale(LC_CTYPE, name) != nullptr) return;
  }
}

EchoOff::EchoOff() {
  if (tcgetattr(STDIN_FILENO, &g_echoing) != 0) return;
  termios quiet = g_echoing;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  g_echo_is_off.store(true);
  tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
}

EchoOff::~EchoOff() { PutBack(); }

void EchoOff::PutBack() {
  if (g_echo_is_off.exchange(false)) tcsetattr(STDIN_FILENO, TCSANOW, &g_echoing);
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const Character character = FirstCharacter(text.substr(at));
    width += WidthOf(character);
    at += character.bytes;
  }
  return width;
}

std::string FitColumns(std::string_view text, size_t columns) {
  const size_t width = DisplayWidth(text);
  if (width <= columns) return std::string(text) + std::string(columns - width, ' ');
  if (columns == 0) return "";
  size_t used = 0;
  size_t at = 0;
  while (at < text.size()) {
    const Character character = FirstCharacter(text.substr(at));
    if (used + WidthOf(character) > columns - 1) break;
    used += WidthOf(character);
    at += character.bytes;
  }
  return std::string(text.substr(0, at)) + "…" + std::string(columns - 1 - used, ' ');
}

std::string Printable(std::string_view text) {
  const std::string valid = ReplaceInvalidUtf8(text);
  std::string printable;
  printable.reserve(valid.size());
  for (size_t at = 0; at < valid.size();) {
    const Character character = FirstCharacter(std::string_view(valid).substr(at));
    const auto c = character.code_point;
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
    if (control) {
      printable += "\uFFFD";
    } else {
      printable.append(valid, at, character.bytes);
    }
    at += character.bytes;
  }
  return printable;
}

std::string Painted(std::string_view text, Colour colour, bool colours) {
  if (!colours || colour == Colour::kNone) return std::string(text);
  const char* code = "";
  switch (colour) {
    case Colour::kNone:
      break;
    case Colour::kGreen:
      code = "32";
      break;
    case Colour::kRed:
      code = "31";
      break;
    case Colour::kYellow:
      code = "33";
      break;
    case Colour::kCyan:
      code = "36";
      break;
    case Colour::kDim:
      code = "2";
      break;
    case Colour::kBold:
      code = "1";
      break;
  }
  return std::string("\033[") + code + "m" + std::string(text) + "\033[0m";
}

}  // namespace yixin
