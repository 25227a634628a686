"""The pages of `yixin analyze --report` and `yixin eval --html` in Chromium: themes, languages, widths, and nothing but itself.

YIXIN_SCREENSHOTS=FOLDER keeps what was seen as PNG files, to be looked at.
"""

import os
import pathlib
import sys
import unittest

import browser

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import program  # noqa: E402

HOSTILE = "<script>document.title='ran'</script><img src=https://example.com/x.png onerror=alert(1)>房间“很好”"
LONG = "https://example.com/" + "a" * 150 + "这" * 300
TEXTS = ["房间很干净，前台态度很好", "隔音太差，不会再来", "今天星期三", "great coffee, terrible service", HOSTILE, LONG]
SHOWN = {"zh": "先读这些", "en": "Read these first"}
HIDDEN = {"zh": "Read these first", "en": "先读这些"}
# WCAG 2.1, 1.4.3: text against its ground.
LEAST_CONTRAST = 4.5

# Chart texts are scaled with their SVG; this is what the reader gets, in CSS pixels.
SMALLEST_CHART_TEXT = """Math.min(...[...document.querySelectorAll('svg text')].map(
  e => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a))"""


class ReportPageTest(program.ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = cls.enterClassContext(browser.Browser())

    def page(self, language="zh"):
        rows = ["text,label,date"]
        for i in range(24):
            text = TEXTS[i % len(TEXTS)].replace('"', '""')
            rows.append(f'"{text} {i}",{("正面", "负面")[i % 2]},2024-{i % 12 + 1:02}-05')
        table = self.folder / "reviews.csv"
        table.write_text("\n".join(rows) + "\n", encoding="utf-8")
        page = self.folder / f"report.{language}.html"
        self.run_verb("analyze", str(table), "-o", str(self.folder / f"out.{language}.jsonl"), "--column", "text",
                      "--report", str(page), "--report-language", language)  # fmt: skip
        return page

    def choose(self, name):
        self.browser.ask(f"document.getElementById('{name}').click()")

    def ground(self):
        return self.browser.ask("getComputedStyle(document.querySelector('.page')).backgroundColor")

    def keep(self, name):
        if folder := os.environ.get("YIXIN_SCREENSHOTS"):
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
            width = self.browser.ask("innerWidth")
            self.browser.size(width, self.browser.ask("document.documentElement.scrollHeight"))
            self.browser.screenshot(pathlib.Path(folder) / f"{name}.png")

    def test_both_themes_and_languages_at_each_width(self):
        page = self.page()
        grounds = {}
        for width in (1200, 390, 320):
            for theme in ("light", "dark"):
                for language in ("zh", "en"):
                    with self.subTest(width=width, theme=theme, language=language):
                        self.browser.size(width, 900)
                        self.browser.prefer("light")
                        self.browser.open(page)
                        self.choose(f"theme-{theme}")
                        self.choose(f"lang-{language}")
                        self.assertEqual(self.browser.ask("document.documentElement.scrollWidth"), width, "nothing sticks out")
                        said = self.browser.ask("document.body.innerText")
                        self.assertIn(SHOWN[language], said)
                        self.assertNotIn(HIDDEN[language], said)
                        contrast, where = self.browser.worst_contrast()
                        self.assertGreaterEqual(contrast, LEAST_CONTRAST, where)
                        self.assertGreaterEqual(self.browser.ask(SMALLEST_CHART_TEXT), 9)
                        grounds[theme] = self.ground()
                        self.keep(f"report-{width}-{theme}-{language}")
        self.assertNotEqual(grounds["light"], grounds["dark"])

    def test_the_page_of_eval(self):
        data = self.folder / "rows.csv"
        rows = [f"{text.split(',')[0]} {i},{('正面', '负面')[i % 2]},{'ab'[i % 2]}" for i, text in enumerate(TEXTS[:4] * 5)]
        data.write_text("text,label,kind\n" + "\n".join(rows) + "\n", encoding="utf-8")
        page = self.folder / "eval.html"
        self.run_verb("eval", str(data), "--task", "sentiment.zh", "--task", "sentiment.article.zh", "--group-column", "kind",
                      "--html", str(page), "--html-language", "zh")  # fmt: skip
        for width in (1200, 320):
            for theme in ("light", "dark"):
                with self.subTest(width=width, theme=theme):
                    self.browser.size(width, 900)
                    self.browser.prefer(theme)
                    self.browser.open(page)
                    self.assertEqual(self.browser.requests, [page.as_uri()])
                    self.assertEqual(self.browser.errors, [])
                    self.assertEqual(self.browser.ask("document.documentElement.scrollWidth"), width, "nothing sticks out")
                    contrast, where = self.browser.worst_contrast()
                    self.assertGreaterEqual(contrast, LEAST_CONTRAST, where)
                    self.assertGreaterEqual(self.browser.ask(SMALLEST_CHART_TEXT), 9)
                    self.keep(f"eval-{width}-{theme}")
        self.assertIn("并排比较", self.browser.ask("document.body.innerText"))
        self.choose("lang-en")
        self.assertIn("Side by side", self.browser.ask("document.body.innerText"))

    def test_it_follows_the_system_until_somebody_chooses(self):
        page = self.page()
        self.browser.prefer("light")
        self.browser.open(page)
        light = self.ground()
        self.browser.prefer("dark")
        dark = self.ground()
        self.assertNotEqual(light, dark)
        self.choose("theme-light")
        self.assertEqual(self.ground(), light)
        self.browser.prefer("light")
        self.choose("theme-dark")
        self.assertEqual(self.ground(), dark)
        self.choose("theme-auto")
        self.assertEqual(self.ground(), light)

    def test_it_opens_in_the_language_that_was_asked_for(self):
        for language in ("zh", "en"):
            self.browser.open(self.page(language))
            said = self.browser.ask("document.body.innerText")
            self.assertIn(SHOWN[language], said)
            self.assertNotIn(HIDDEN[language], said)

    def test_texts_stay_texts_and_nothing_is_asked_of_anybody(self):
        page = self.page()
        self.browser.open(page)
        self.assertEqual(self.browser.requests, [page.as_uri()])
        self.assertEqual(self.browser.errors, [])
        self.assertEqual(self.browser.ask("document.querySelectorAll('script, img, link, iframe, object').length"), 0)
        self.assertNotEqual(self.browser.ask("document.title"), "ran")
        self.assertIn("<script>document.title", self.browser.ask("document.body.textContent"))

    def test_its_policy_shuts_what_got_past_the_escaping(self):
        page = self.page()
        broken = self.folder / "broken.html"
        text = page.read_text(encoding="utf-8")
        self.assertIn("<main>", text)
        broken.write_text(text.replace("<main>", "<main>" + HOSTILE, 1), encoding="utf-8")
        self.browser.open(broken)
        self.assertNotEqual(self.browser.ask("document.title"), "ran")
        self.assertEqual(self.browser.ask("document.querySelectorAll('img').length"), 1, "it is there")
        self.assertEqual(self.browser.ask("document.querySelector('img').naturalWidth"), 0)
        self.assertTrue(any("Content Security Policy" in str(error) for error in self.browser.errors), self.browser.errors)

    def test_on_paper(self):
        page = self.page()
        self.browser.size(794, 1123)
        self.browser.prefer("light", media="print")
        self.browser.open(page)
        self.assertEqual(self.browser.ask("getComputedStyle(document.querySelector('.bar')).display"), "none")
        self.assertEqual(self.browser.ask("document.documentElement.scrollWidth"), 794)
        self.browser.prefer("light")


if __name__ == "__main__":
    unittest.main()
