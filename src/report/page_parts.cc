// Tested by: html_test.cc
#include "report/page_parts.h"

#include <fmt/format.h>

#include <cstddef>

#include "report/html.h"

namespace yixin {

std::string Grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (ptrdiff_t at = static_cast<ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return digits;
}

double Share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string Card(const std::string& heading, const std::string& note, const std::string& content,
                 bool is_wide) {
  return fmt::format(
      "<section class=\"card{}\"><h3>{}</h3>\n<p class=\"soft\">{}</p>\n{}</section>\n",
      is_wide ? " wide" : "", heading, note, content);
}

std::string Fact(const std::string& name, const std::string& value) {
  return value.empty() ? "" : fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

std::string Footer(const std::string& version, const std::string& kernels) {
  return "<footer>" +
         Bilingual("由 yixin " + EscapeHtml(version) + " 在本机生成（内核 " + EscapeHtml(kernels) +
                       "）；这一页不会向任何地方发送数据。",
                   "Made by yixin " + EscapeHtml(version) + " on this computer (kernels " +
                       EscapeHtml(kernels) + "); this page sends nothing anywhere.") +
         "</footer>\n";
}

}  // namespace yixin
