#include "base/nesting.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "base/utf8.h"

namespace yixin {
namespace {

// The offset just after the string that begins at text[begin]. A string that its line or the text
// cuts short ends there: every parser stops at it.
size_t SkipJsonString(std::string_view text, size_t begin) {
  for (size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

size_t SkipTomlString(std::string_view text, size_t begin) {
  const char quote = text[begin];
  const bool escapes = quote == '"';
  const std::string fence(3, quote);
  const bool multiline = text.substr(begin, 3) == fence;
  for (size_t i = begin + (multiline ? 3 : 1); i < text.size(); ++i) {
    if (escapes && text[i] == '\\') {
      ++i;
    } else if (multiline && text.substr(i, 3) == fence) {
      // One or two quotes may stand right before the closing three.
      size_t end = i + 3;
      while (end < text.size() && end < i + 5 && text[end] == quote) ++end;
      return end;
    } else if (!multiline && text[i] == quote) {
      return i + 1;
    } else if (!multiline && text[i] == '\n') {
      return i;  // never closed: the parser says so, and the line break still ends the value
    }
  }
  return text.size();
}

// A line break behind a backslash swallows the white space after it. Out: whether every character
// that follows a backslash and white space in text[begin, end) is one that toml++ 3.3 can tell from
// white space: ASCII, an ideograph, or behind the last of its table.
bool EscapesAreSound(std::string_view text, size_t begin, size_t end) {
  for (size_t i = text.find('\\', begin); i < end; i = text.find('\\', i)) {
    const size_t next = text.find_first_not_of(" \t\r\n\v\f", i + 1);
    if (next >= end) break;
    i = next == i + 1 ? i + 2 : next;  // an escaped backslash begins nothing
    if (static_cast<unsigned char>(text[next]) < 0x80) continue;
    const char32_t c = DecodeUtf8(text, next).code_point;
    if (!((c >= 0x3400 && c <= 0x9fff) || c > 0xfeff)) return false;
  }
  return true;
}

std::string LineOf(std::string_view text, size_t offset) {
  const auto lines =
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
  return std::string("line ") + std::to_string(lines + 1);
}

// What opens a string, an array or a table stands behind one of these. Behind anything else (2["x)
// a parser that looks for the end of a number reads on, and so would miss where a string ends.
constexpr std::string_view kTomlOpeners = "\"'[{";
constexpr std::string_view kTomlSeparators = " \t\r\n=[{,";

Error BrokenToml(std::string_view text, size_t offset, const std::string& words) {
  const std::string line = LineOf(text, offset);
  return Error{ErrorCode::kInvalidFile, line + ": " + words, line};
}

Error TooDeep(const std::string& where, int max_depth) {
  return Error{
      ErrorCode::kInvalidFile,
      where + ": nested too deeply, at most " + std::to_string(max_depth) + " levels are allowed",
      where};
}

}  // namespace

Status CheckJsonNesting(std::string_view text, int max_depth) {
  int depth = 0;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      i = SkipJsonString(text, i);
      continue;
    }
    if ((c == '[' || c == '{') && ++depth > max_depth) {
      return TooDeep(std::string("byte ") + std::to_string(i), max_depth);
    }
    if (c == ']' || c == '}') depth = std::max(0, depth - 1);
    ++i;
  }
  return {};
}

Status CheckTomlNesting(std::string_view text, int max_depth) {
  int depth = 0;
  int dots = 0;
  bool in_value = false;  // behind a key's '='
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const size_t begin = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  for (size_t i = begin; i < text.size();) {
    const char c = text[i];
    const char before = i > begin ? text[i - 1] : '\n';
    if ((kTomlOpeners.find(c) != std::string_view::npos &&
         kTomlSeparators.find(before) == std::string_view::npos && (in_value || before != '.')) ||
        (c == '=' && in_value)) {
      return BrokenToml(text, i, std::string("a ") + c + " inside a word");
    }
    if (c == '"' || c == '\'') {
      const size_t end = SkipTomlString(text, i);
      if (c == '"' && !EscapesAreSound(text, i, end)) {
        return BrokenToml(text, i,
                          "behind a line that ends in \\ a line may not begin with a character "
                          "like this one; join the two lines");
      }
      i = end;
      continue;
    }
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    if (static_cast<unsigned char>(c) >= 0x80) {
      return BrokenToml(text, i,
                        "a character beyond ASCII outside quotes; write names and values that have "
                        "one as \"...\"");
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') depth = std::max(0, depth - 1);
    if (c == '.') ++dots;
    if (c == '\n' || c == '=' || c == ',') dots = 0;
    if (c == '=') in_value = true;
    if (c == '\n' || c == ',' || c == '{') in_value = false;
    if (depth > max_depth || dots > max_depth) return TooDeep(LineOf(text, i), max_depth);
    ++i;
  }
  return {};
}

}  // namespace yixin
