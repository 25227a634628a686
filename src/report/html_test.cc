#include "report/html.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TEST(EscapeHtml, NothingOfATextIsMarkup) {
  EXPECT_EQ(EscapeHtml("<script>alert('1')</script> & \"x\""),
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;");
  EXPECT_EQ(EscapeHtml("好\n\t吃"), "好\n\t吃");
  EXPECT_EQ(EscapeHtml("a\x1b[31mb"), "a\xEF\xBF\xBD[31mb");
  EXPECT_EQ(EscapeHtml("\xff"), "\xEF\xBF\xBD");
}

TEST(RenderPage, NeedsNothingButItself) {
  const std::string page = RenderPage({"标题<", "title<", PageLanguage::kChinese, "<p>body</p>"});
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>\n<html lang=\"zh\">"));
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  for (const char* word : {"<script", "http://", "https://", "url(", "@import", "<img", "<link"}) {
    EXPECT_EQ(page.find(word), std::string::npos) << word;
  }
  EXPECT_NE(page.find("<title>标题&lt;</title>"), std::string::npos);
  EXPECT_NE(page.find("<p>body</p>"), std::string::npos);
  EXPECT_EQ(page.find("DARK"), std::string::npos);
}

TEST(RenderPage, OpensInTheLanguageThatWasAskedFor) {
  const std::string page = RenderPage({"题", "title", PageLanguage::kEnglish, ""});
  EXPECT_NE(page.find("<html lang=\"en\">"), std::string::npos);
  EXPECT_NE(page.find("id=\"lang-en\" aria-label=\"English\" checked"), std::string::npos);
  EXPECT_EQ(page.find("id=\"lang-zh\" aria-label=\"中文\" checked"), std::string::npos);
}

}  // namespace
}  // namespace yixin
