// The links of an HTML page, and nothing else of it: a tolerant walk over the tags in one pass,
// linear in the page's size. No regular expressions, no tree. Tested by: html_links_test.cc,
// tests/fuzz/catalog_fuzz.cc
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace yixin {

struct HtmlLinks {
  std::string base;                // <base href>; empty when there is none
  std::vector<std::string> hrefs;  // of <a>, entities decoded, white space trimmed
};

HtmlLinks ReadHtmlLinks(std::string_view page);

// &amp; &lt; &gt; &quot; &apos; &#46; &#x2e; are decoded; anything else stays as it is.
std::string DecodeHtmlEntities(std::string_view text);

}  // namespace yixin
