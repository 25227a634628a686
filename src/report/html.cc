// Tested by: html_test.cc
#include "report/html.h"

#include <fmt/format.h>

#include "yixin/utf8.h"

namespace yixin {
namespace {

// Nothing may be loaded, run or sent: a text that found its way around the escaping finds no door.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
body { margin: 0; }
.page {
  --ground: #faf8f4; --card: #ffffff; --ink: #23211d; --soft: #6b665d; --line: #e4dfd5;
  --positive: #2f8f5b; --negative: #c8503c; --neutral: #8d877b; --other1: #3b74b8; --other2: #8a5fb0;
  --other3: #b0822b; --accent: #b4532a;
  min-height: 100vh; background: var(--ground); color: var(--ink);
  font: 16px/1.65 "Source Han Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif;
  padding: 3.5rem max(1.25rem, calc(50vw - 30rem)) 4rem;
}
@media (prefers-color-scheme: dark) { #theme-auto:checked ~ .page { DARK } }
#theme-dark:checked ~ .page { DARK }
#lang-zh:checked ~ .page .en, #lang-en:checked ~ .page .zh { display: none; }
.choose { position: absolute; opacity: 0; pointer-events: none; }
.bar { position: absolute; top: .9rem; right: max(1.25rem, calc(50vw - 30rem)); display: flex; gap: 1rem; font-size: .82rem; }
.bar > span { display: flex; border: 1px solid var(--line); border-radius: 999px; overflow: hidden; background: var(--card); }
.bar label { padding: .15rem .75rem; color: var(--soft); cursor: pointer; }
.bar label:hover { color: var(--ink); }
#theme-auto:checked ~ .page [for=theme-auto], #theme-light:checked ~ .page [for=theme-light], #theme-dark:checked ~ .page [for=theme-dark],
#lang-zh:checked ~ .page [for=lang-zh], #lang-en:checked ~ .page [for=lang-en] { background: var(--ink); color: var(--ground); }
#theme-auto:focus-visible ~ .page [for=theme-auto], #theme-light:focus-visible ~ .page [for=theme-light],
#theme-dark:focus-visible ~ .page [for=theme-dark], #lang-zh:focus-visible ~ .page [for=lang-zh],
#lang-en:focus-visible ~ .page [for=lang-en] { outline: 2px solid var(--accent); outline-offset: -2px; }
h1 { font-size: clamp(1.5rem, 4vw, 2.1rem); line-height: 1.25; margin: 0 0 .3rem; font-weight: 650; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; margin: 3rem 0 1rem; font-weight: 650; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 0 0 .2rem; font-weight: 600; }
p { margin: .2rem 0 .8rem; }
.soft, figcaption, small { color: var(--soft); font-size: .88rem; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.15rem 1.3rem; min-width: 0; margin: 0; }
.wide { grid-column: 1 / -1; }
.facts { display: flex; flex-wrap: wrap; gap: .4rem 2.2rem; margin: 1.2rem 0 0; }
.facts div { min-width: 6rem; }
.facts dt { color: var(--soft); font-size: .82rem; }
.facts dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.shares { display: grid; grid-template-columns: auto 1fr auto; gap: .55rem .9rem; align-items: center; margin-top: .7rem; }
.shares i { display: block; height: 1.05rem; border-radius: 4px; min-width: 2px; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
svg { display: block; width: 100%; height: auto; margin-top: .6rem; }
svg text { fill: var(--soft); font-size: 11px; font-family: inherit; }
.grid { stroke: var(--line); stroke-width: 1; }
.chips { display: flex; flex-wrap: wrap; gap: .4rem; margin-top: .6rem; }
.chips span { border: 1px solid var(--line); border-left-width: 4px; border-radius: 6px; padding: .05rem .55rem; }
.chips small { margin-left: .35rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; margin-top: .5rem; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: .82rem; }
th, td { padding: .45rem .7rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th.number, td.number { padding-right: 0; padding-left: .7rem; text-align: right; }
tr:last-child td { border-bottom: 0; }
.counts td.number { padding-right: .6rem; } .counts th.number { padding-right: .6rem; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .92em; }
td:first-child { word-break: keep-all; }
td.text { overflow-wrap: anywhere; width: 100%; }
.course { position: relative; padding-left: 3rem; margin-top: .8rem; }
.course svg { height: 13rem; margin: 0; }
.course > span { position: absolute; left: 0; width: 2.6rem; text-align: right; font-size: .75rem; color: var(--soft); line-height: 1; }
.course > span:nth-of-type(1) { top: 0; } .course > span:nth-of-type(2) { top: 6.1rem; } .course > span:nth-of-type(3) { top: 12.3rem; }
.course p { display: flex; justify-content: space-between; margin: .3rem 0 0; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin-top: .4rem; font-size: .88rem; }
.legend b { display: inline-block; width: .7rem; height: .7rem; border-radius: 3px; margin-right: .35rem; }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; }
@media (max-width: 30rem) { svg { overflow: visible; } svg text { font-size: 16px; } }
@media print { .bar { display: none; } .page { padding: 0; } .card { break-inside: avoid; } }
)css";

constexpr std::string_view kDark =
    "--ground: #191816; --card: #22201d; --ink: #ece7dd; --soft: #a39c8f; --line: #3a3732; "
    "--positive: #63bd8b; "
    "--negative: #e98470; --neutral: #a39d92; --other1: #7fb0e6; --other2: #bf9be0; --other3: "
    "#dbb368; --accent: #f0a27c;";

std::string Style() {
  std::string style(kStyle);
  for (size_t at = style.find("DARK"); at != std::string::npos; at = style.find("DARK", at)) {
    style.replace(at, 4, kDark);
  }
  return style;
}

std::string Choice(std::string_view group, std::string_view name, bool is_chosen,
                   std::string_view what) {
  return fmt::format(
      "<input class=\"choose\" type=\"radio\" name=\"{0}\" id=\"{0}-{1}\" aria-label=\"{2}\"{3}>\n",
      group, name, what, is_chosen ? " checked" : "");
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  const std::string valid = ReplaceInvalidUtf8(text);
  std::string out;
  for (const char c : valid) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_control = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
        out += is_control ? "\xEF\xBF\xBD" : std::string(1, c);
      }
    }
  }
  return out;
}

std::string Bilingual(std::string_view chinese, std::string_view english) {
  return fmt::format(
      "<span class=\"zh\" lang=\"zh\">{}</span><span class=\"en\" lang=\"en\">{}</span>", chinese,
      english);
}

std::string RenderPage(const Page& page) {
  const bool is_chinese = page.language == PageLanguage::kChinese;
  const std::string title = EscapeHtml(is_chinese ? page.title_chinese : page.title_english);
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>{}</style>\n"
      "</head>\n<body>\n",
      is_chinese ? "zh" : "en", kPolicy, title, Style());
  out += Choice("theme", "auto", true, "theme of the system");
  out += Choice("theme", "light", false, "light theme");
  out += Choice("theme", "dark", false, "dark theme");
  out += Choice("lang", "zh", is_chinese, "中文");
  out += Choice("lang", "en", !is_chinese, "English");
  out += "<div class=\"page\">\n<nav class=\"bar\"><span><label for=\"theme-auto\">";
  out += Bilingual("自动", "Auto") + "</label><label for=\"theme-light\">" +
         Bilingual("浅色", "Light") + "</label><label for=\"theme-dark\">" +
         Bilingual("深色", "Dark");
  out +=
      "</label></span><span><label for=\"lang-zh\">中文</label><label for=\"lang-en\">English"
      "</label></span></nav>\n";
  out += "<main>\n<h1>" +
         Bilingual(EscapeHtml(page.title_chinese), EscapeHtml(page.title_english)) + "</h1>\n";
  return out + page.body + "</main>\n</div>\n</body>\n</html>\n";
}

}  // namespace yixin
