#include "store/html_links.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/utf8.h"

namespace yixin {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
         });
}

// Walks over one page; `at_` only grows.
class Walker {
 public:
  explicit Walker(std::string_view page) : page_(page) {}

  HtmlLinks Run() {
    HtmlLinks links;
    while (SkipTo('<')) {
      if (page_.substr(at_).starts_with("<!--")) {
        const size_t end = page_.find("-->", at_ + 4);
        at_ = end == std::string_view::npos ? page_.size() : end + 3;
        continue;
      }
      ++at_;
      // "a < b" begins no tag, and must not swallow one.
      if (at_ >= page_.size() || !IsLetter(page_[at_])) continue;
      const std::string_view name = Word("/>");
      const std::optional<std::string> href = ReadHref();
      if (!href || href->empty()) continue;
      if (EqualsIgnoringCase(name, "a")) links.hrefs.push_back(*href);
      if (EqualsIgnoringCase(name, "base") && links.base.empty()) links.base = *href;
    }
    return links;
  }

 private:
  bool SkipTo(char c) {
    at_ = std::min(page_.find(c, at_), page_.size());
    return at_ < page_.size();
  }

  void SkipSpace() {
    while (at_ < page_.size() && IsSpace(page_[at_])) ++at_;
  }

  // Up to white space or one of `stops`.
  std::string_view Word(std::string_view stops) {
    const size_t begin = at_;
    while (at_ < page_.size() && !IsSpace(page_[at_]) &&
           stops.find(page_[at_]) == std::string_view::npos) {
      ++at_;
    }
    return page_.substr(begin, at_ - begin);
  }

  // Reads a tag's attributes to its '>'; the first href counts.
  std::optional<std::string> ReadHref() {
    std::optional<std::string> href;
    while (true) {
      SkipSpace();
      if (at_ >= page_.size()) return std::nullopt;  // a tag that never ends
      if (page_[at_] == '>') {
        ++at_;
        return href;
      }
      if (page_[at_] == '/' || page_[at_] == '=') {
        ++at_;
        continue;
      }
      const std::string_view name = Word("=/>");
      SkipSpace();
      if (at_ >= page_.size() || page_[at_] != '=') continue;
      ++at_;
      SkipSpace();
      const std::string_view value = Value();
      if (!href && EqualsIgnoringCase(name, "href")) {
        std::string decoded = DecodeHtmlEntities(value);
        while (!decoded.empty() && IsSpace(decoded.back())) decoded.pop_back();
        decoded.erase(
            0, static_cast<size_t>(std::find_if_not(decoded.begin(), decoded.end(), IsSpace) -
                                   decoded.begin()));
        href = std::move(decoded);
      }
    }
  }

  std::string_view Value() {
    if (at_ >= page_.size()) return "";
    const char quote = page_[at_];
    if (quote != '"' && quote != '\'') return Word(">");
    const size_t begin = ++at_;
    SkipTo(quote);
    const std::string_view value = page_.substr(begin, at_ - begin);
    if (at_ < page_.size()) ++at_;
    return value;
  }

  std::string_view page_;
  size_t at_ = 0;
};

// The character of "#46" or "#x2e"; nothing where it is none.
std::optional<std::string> NumericEntity(std::string_view name) {
  if (!name.starts_with('#')) return std::nullopt;
  name.remove_prefix(1);
  const bool hex = name.starts_with('x') || name.starts_with('X');
  if (hex) name.remove_prefix(1);
  uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return std::nullopt;
  std::string character;
  AppendUtf8(static_cast<char32_t>(code), character);
  return character;
}

std::optional<std::string> Entity(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, const char*>, 5> kNamed = {
      {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}}};
  for (const auto& [entity, character] : kNamed) {
    if (name == entity) return character;
  }
  return NumericEntity(name);
}

}  // namespace

HtmlLinks ReadHtmlLinks(std::string_view page) { return Walker(page).Run(); }

std::string DecodeHtmlEntities(std::string_view text) {
  constexpr size_t kLongestName = 10;  // "#x0010FFFF"
  std::string decoded;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '&') {
      const std::string_view rest = text.substr(i + 1, kLongestName + 1);
      const size_t end = rest.find(';');
      if (end != std::string_view::npos) {
        if (const auto character = Entity(rest.substr(0, end))) {
          decoded += *character;
          i += end + 2;
          continue;
        }
      }
    }
    decoded += text[i++];
  }
  return decoded;
}

}  // namespace yixin
