#include "base/nesting.h"

#include <algorithm>
#include <cstddef>
#include <string>

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
    } else if (!multiline && (text[i] == quote || text[i] == '\n')) {
      return i + 1;
    }
  }
  return text.size();
}

Error TooDeep(const std::string& where, int max_depth) {
  return Error{
      ErrorCode::kInvalidFile,
      where + ": nested too deeply, at most " + std::to_string(max_depth) + " levels are allowed",
      where};
}

std::string LineOf(std::string_view text, size_t offset) {
  const auto lines =
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
  return std::string("line ") + std::to_string(lines + 1);
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
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      i = SkipTomlString(text, i);
      continue;
    }
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') depth = std::max(0, depth - 1);
    if (c == '.') ++dots;
    if (c == '\n' || c == '=' || c == ',') dots = 0;
    if (depth > max_depth || dots > max_depth) return TooDeep(LineOf(text, i), max_depth);
    ++i;
  }
  return {};
}

}  // namespace yixin
