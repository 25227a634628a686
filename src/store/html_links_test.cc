#include "store/html_links.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

using Texts = std::vector<std::string>;

Texts Hrefs(std::string_view page) { return ReadHtmlLinks(page).hrefs; }

TEST(HtmlLinks, EveryWayToWriteAnAnchor) {
  EXPECT_EQ(Hrefs("<a href=\"x\">x</a>"), Texts{"x"});
  EXPECT_EQ(Hrefs("<A\n HREF = 'x y'\t>"), Texts{"x y"});
  EXPECT_EQ(Hrefs("<a href=x/y/z.whl#a=b>"), Texts{"x/y/z.whl#a=b"});
  EXPECT_EQ(Hrefs("<a data-x='<a href=no>' href='yes'/>"), Texts{"yes"});
  EXPECT_EQ(Hrefs("<a disabled href='first' href='second'>"), Texts{"first"});
  EXPECT_EQ(Hrefs("<a href=' \n trimmed '>"), Texts{"trimmed"});
}

TEST(HtmlLinks, WhatIsNoAnchor) {
  EXPECT_EQ(Hrefs("<abbr href='no'><!-- <a href='no'> --><link href='no'>"), Texts{});
  EXPECT_EQ(Hrefs("<a href=''><a href><a>"), Texts{});
  EXPECT_EQ(Hrefs("1 < 2 <a href='yes'>"), Texts{"yes"});
  EXPECT_EQ(Hrefs("</a href='no'><3 <a href='yes'>"), Texts{"yes"});
}

TEST(HtmlLinks, PagesThatBreakOff) {
  for (const char* page : {"<", "<a", "<a ", "<a href", "<a href=", "<a href='", "<a href='x",
                           "<a href=x", "<!--", "<!-- <a href='x'>", "<a href='x'"}) {
    EXPECT_EQ(Hrefs(page), Texts{}) << page;
  }
}

TEST(HtmlLinks, BaseIsTheFirst) {
  const HtmlLinks links = ReadHtmlLinks("<base href='/b/'><base href='/c/'><a href='x'>");
  EXPECT_EQ(links.base, "/b/");
  EXPECT_EQ(links.hrefs, Texts{"x"});
}

TEST(HtmlLinks, ManyOpenTagsAreLinear) {
  std::string page;
  for (int i = 0; i < 300000; ++i) page += "<a href='";
  EXPECT_LE(Hrefs(page).size(), 300000U);
  page.assign(3 << 20, '<');
  EXPECT_EQ(Hrefs(page), Texts{});
  page.assign(3 << 20, '&');
  EXPECT_EQ(DecodeHtmlEntities(page), page);
}

TEST(HtmlEntities, TheOnesThatUrlsHave) {
  EXPECT_EQ(DecodeHtmlEntities("a&amp;b&lt;&gt;&quot;&apos;"), "a&b<>\"'");
  EXPECT_EQ(DecodeHtmlEntities("&#47;&#x2F;&#X2f;&#24515;&#x5FC3;"), "///心心");
  // Not entities, or no characters: as they are.
  for (const char* text : {"&", "&;", "&amp", "&nbsp;", "&#;", "&#x;", "&#0;", "&#xD800;",
                           "&#x110000;", "&#99999999999;", "&#-1;", "a=1&b=2;"}) {
    EXPECT_EQ(DecodeHtmlEntities(text), text);
  }
  EXPECT_EQ(DecodeHtmlEntities("&amp;lt;"), "&lt;") << "decoded once";
}

}  // namespace
}  // namespace yixin
