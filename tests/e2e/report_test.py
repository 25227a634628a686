"""yixin analyze --report: the page has what the rows have, nothing of a text is markup, and it is there whole or not at all."""

import html.parser
import json
import pathlib
import re
import unittest

import program

TEXTS = ["the book", "in the end 好", "坏坏", "<script>alert(1)</script>", "好 in", "xyz", "the the", "坏 in the 书店"]


class Parser(html.parser.HTMLParser):
    """Every tag that is opened is closed; the text, and the tags."""

    VOID = {"meta", "input", "br", "line", "link", "img"}

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


class ReportTest(program.ProgramTest):
    def setUp(self):
        self.place = self.folder / self.id().rsplit(".", 1)[1]
        self.place.mkdir()

    def data(self, **columns):
        path = self.place / "data.jsonl"
        rows = [{"text": text, **{name: column[i] for name, column in columns.items()}} for i, text in enumerate(TEXTS)]
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        return str(path)

    def report(self, data, *words, output="out.jsonl", code=0):
        page = self.place / "report.html"
        out = str(self.place / output)
        self.run_verb("analyze", data, "-o", out, "--restart", "--report", str(page), *words, code=code)
        parser = Parser()
        source = page.read_text()
        parser.feed(source)
        self.assertEqual(parser.open, [])
        self.assertNotIn(str(self.place), source, "file names, not where they lie")
        for tag, attributes in parser.tags:
            self.assertNotIn(tag, ("script", "link", "img", "iframe", "object"))
            for name in attributes:
                self.assertFalse(name.startswith("on") or name in ("src", "href"), (tag, name))
        self.assertNotRegex(source, r"https?://")
        return pathlib.Path(out), source, " ".join(" ".join(parser.text).split())

    def test_counts_are_those_of_the_rows(self):
        for output in ("out.jsonl", "out.csv"):
            out, source, text = self.report(self.data(), output=output)
            if output == "out.jsonl":
                rows = [json.loads(line) for line in out.read_text().splitlines()]
                for label in ("正面", "负面", "中性"):
                    count = sum(row["sentiment.zh"]["label"] == label for row in rows)
                    self.assertRegex(text, rf"{label} {100 * count / 8:.1f} % {count}\b")
                first = text
            self.assertIn("alert(1)", text)
            self.assertNotIn("truth", text)
            self.assertNotIn("Over time", text)
        # The same of another format, but for the output's name and the time.
        clean = lambda page: re.sub(r"out\.(jsonl|csv)|\d{4}-\d\d-\d\d \d\d:\d\d|Read these first.*", "", page)
        self.assertEqual(clean(first), clean(text))

    def test_truth_and_time(self):
        labels = ["正面", "负面", "中性", "正面", "负面", "中性", "正面", "负面"]
        days = [f"2024-0{1 + i % 3}-1{i}" for i in range(8)]
        out, _, text = self.report(self.data(label=labels, 日期=days))
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        right = sum(row["sentiment.zh"]["label"] == row["label"] for row in rows)
        self.assertIn(f"{100 * right / 8:.1f} % of 8 rows are right", text)
        self.assertIn("Over time", text)
        _, _, named = self.report(self.data(wanted=labels, when=days), "--truth-column", "wanted", "--date-column", "when")
        self.assertIn(f"{100 * right / 8:.1f} % of 8 rows are right", named)
        self.assertIn("Over time", named)

    def test_a_column_that_is_not_what_its_name_says(self):
        _, _, text = self.report(self.data(label=["x"] * 8, date=["soon"] * 8))
        self.assertNotIn("truth", text)
        self.assertNotIn("Over time", text)

    def test_several_tasks_and_rows_that_fail(self):
        data = pathlib.Path(self.data())
        data.write_text(data.read_text() + '{"text": ""}\nbroken\n')
        _, _, text = self.report(str(data), "--task", "sentiment.zh", "--task", "sentiment.en", code=3)
        self.assertIn("sentiment.zh", text)
        self.assertIn("positive", text)
        self.assertIn("2 rows have none", text)

    def test_a_finished_run_is_shown_again(self):
        data = self.data()
        out, _, first = self.report(data)
        page = self.place / "again.html"
        before = out.read_bytes()
        self.run_verb("analyze", data, "-o", str(out), "--resume", "--report", str(page), "--report-language", "en")
        self.assertEqual(out.read_bytes(), before)
        self.assertIn('<html lang="en">', page.read_text())

    def test_what_is_refused(self):
        data = self.data()
        out = str(self.place / "x.jsonl")
        page = str(self.place / "x.html")
        for words, code in [
            ([data, "--report", page], 64), ([data, "-o", out, "--truth-column", "label"], 64), ([data, "-o", out, "--report", out], 64),
            ([data, "-o", out, "--report", data], 64), ([data, "-o", out, "--report", page, "--truth-column", "none"], 66),
            ([data, "-o", out, "--report", page, "--date-column", "none"], 66), ([data, "-o", out, "--report", page, "--report-language", "fr"], 64),
        ]:
            self.run_verb("analyze", *words, code=code)
            self.assertFalse(pathlib.Path(page).exists())
            self.assertFalse(pathlib.Path(out).exists())
        self.run_verb("analyze", data, "-o", out, "--report", str(self.place / "none" / "x.html"), code=66)
        self.assertFalse(pathlib.Path(out).exists(), "said before anything is computed")


if __name__ == "__main__":
    unittest.main()
