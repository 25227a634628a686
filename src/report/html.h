// A page in two languages and two themes that needs nothing but itself: no script, no network. The
// choice of theme and language is CSS over radio buttons.
// Tested by: html_test.cc
#pragma once

#include <string>
#include <string_view>

namespace yixin {

// For text and for attribute values in double quotes. Bytes that are not UTF-8 and control
// characters become U+FFFD.
std::string EscapeHtml(std::string_view text);

// The same in both languages, of which the page shows one. In: HTML, escaped where it must be.
std::string Bilingual(std::string_view chinese, std::string_view english);

enum class PageLanguage { kChinese, kEnglish };

struct Page {
  std::string title_chinese;  // text
  std::string title_english;
  PageLanguage language = PageLanguage::kChinese;  // at first
  std::string body;                                // HTML
};

std::string RenderPage(const Page& page);

}  // namespace yixin
