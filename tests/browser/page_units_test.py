"""Parts of the page of web/ by themselves, in Chromium: streams cut anywhere, tables, Markdown, the words."""

import base64
import json
import re
import unittest

import browser
import page_server

# Parses the stream cut into pieces of every length, and says where two of them differ.
CUT = """import('/sse.js').then(({ EventParser }) => {
  const bytes = Uint8Array.from(atob('%s'), c => c.charCodeAt(0));
  const read = size => {
    const parser = new EventParser(), found = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...parser.push(bytes.slice(at, at + size)));
    return JSON.stringify(found);
  };
  const whole = read(bytes.length);
  for (let size = 1; size < bytes.length; ++size) if (read(size) !== whole) return [size, read(size), whole];
  return JSON.parse(whole);
})"""
TABLE = "import('/csv.js').then(async ({ readTable }) => await readTable(%s))"
DECODE = "import('/csv.js').then(({ decode }) => decode(Uint8Array.from(atob('%s'), c => c.charCodeAt(0))))"
MARKDOWN = """import('/markdown.js').then(({ renderMarkdown }) => {
  const box = document.createElement('div');
  box.append(renderMarkdown(%s));
  return box.innerHTML;
})"""


class PageUnitsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(page_server.PageServer())
        cls.browser = cls.enterClassContext(browser.Browser())
        cls.browser.open(cls.server.url)

    def cut(self, stream):
        return self.browser.ask(CUT % base64.b64encode(stream).decode())

    def table(self, text):
        return self.browser.ask(TABLE % json.dumps(text))

    def markdown(self, text):
        return self.browser.ask(MARKDOWN % json.dumps(text))

    def test_a_stream_may_be_cut_anywhere(self):
        stream = "event: delta\ndata: {\"text\": \"心情好😀\"}\n\n: heart\n\ndata:a\ndata: b\n\n".encode()
        self.assertEqual(self.cut(stream), [{"name": "delta", "data": '{"text": "心情好😀"}'}, {"name": "message", "data": "a\nb"}])

    def test_a_stream_may_end_its_lines_in_three_ways(self):
        for end in ("\n", "\r\n", "\r"):
            stream = f"event: x{end}data: 一{end}{end}data{end}{end}event: y{end}{end}data: 2{end}{end}".encode()
            self.assertEqual(self.cut(stream), [{"name": "x", "data": "一"}, {"name": "message", "data": ""}, {"name": "message", "data": "2"}], repr(end))

    def test_what_a_stream_does_not_finish_is_not_an_event(self):
        self.assertEqual(self.cut(b"\xef\xbb\xbfdata: 1\n\nevent: delta\ndata: 2\n"), [{"name": "message", "data": "1"}])

    def test_tables(self):
        cases = {
            "a,b\r\n1,2\r\n": [["a", "b"], ["1", "2"]],
            'a\n"x, ""y""\n z",2': [["a"], ['x, "y"\n z', "2"]],
            "a\tb\n1,5\t2\n": [["a", "b"], ["1,5", "2"]],
            "a;b\n1;2": [["a", "b"], ["1", "2"]],
            "one\n\n  \ntwo\r\rthree": [["one"], ["two"], ["three"]],
            'a,""\n,\n': [["a", ""], ["", ""]],
            'say "hi" to,2\n': [['say "hi" to', "2"]],
            '"never closed\n1,2': [["never closed\n1,2"]],
            "": [],
        }
        for text, rows in cases.items():
            with self.subTest(text=text):
                self.assertEqual(self.table(text), rows)

    def test_a_table_longer_than_a_piece(self):
        rows = self.browser.ask("import('/csv.js').then(async ({ readTable }) => { const t = ('\"评,论\"\\r\\n').repeat(50000); const r = await readTable(t); return [r.length, r.every(x => x.length === 1 && x[0] === '评,论')]; })")
        self.assertEqual(rows, [50000, True])

    def test_encodings(self):
        for encoding, name in (("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gbk", "GB 18030"), ("gb18030", "GB 18030"), ("utf-16", "UTF-16")):
            got = self.browser.ask(DECODE % base64.b64encode("评论,房间很好".encode(encoding)).decode())
            self.assertEqual(got, {"text": "评论,房间很好", "encoding": name}, encoding)

    def test_cells_that_a_spreadsheet_would_run(self):
        for value, cell in {"=1+1": "'=1+1", "+1": "'+1", "-x": "'-x", "@a": "'@a", "\tx": '"\'\tx"', '=a,"b': '"\'=a,""b"', "a\nb": '"a\nb"', "好": "好", "": ""}.items():
            self.assertEqual(self.browser.ask(f"import('/csv.js').then(m => m.cell({json.dumps(value)}))"), cell)
        self.assertEqual(self.browser.ask("import('/csv.js').then(m => m.cell(-0.5))"), "-0.5")

    def test_markdown(self):
        cases = {
            "a\nb\n\nc": "<p>a<br>b</p><p>c</p>",
            "**粗** *斜* `x<y` __b__ _i_": "<p><strong>粗</strong> <em>斜</em> <code>x&lt;y</code> <strong>b</strong> <em>i</em></p>",
            "- a\n* b\n\n2. c\n3) d": '<ul><li>a</li><li>b</li></ul><ol start="2"><li>c</li><li>d</li></ol>',
            "# Title\ntext": '<p class="heading">Title</p><p>text</p>',
            "> q\n> r": "<blockquote>q<br>r</blockquote>",
            "```js\nif (a < b) {\n\n}\n```\nx": '<pre tabindex="0"><code>if (a &lt; b) {\n\n}\n</code></pre><p>x</p>',
            "```\nopen": '<pre tabindex="0"><code>open\n</code></pre>',
            "snake_case_name 2*3*4 a * b": "<p>snake_case_name 2<em>3</em>4 a * b</p>",
            "[x](javascript:alert(1)) <b>&amp;</b>": "<p>[x](javascript:alert(1)) &lt;b&gt;&amp;amp;&lt;/b&gt;</p>",
            "": "",
        }
        for text, html in cases.items():
            with self.subTest(text=text):
                self.assertEqual(self.markdown(text), html)

    def test_markdown_of_a_hostile_model_ends(self):
        for text in ("*" * 50000, "`" * 49999, "_a" * 30000, "**a" * 20000, "> " * 20000, "[" * 50000):
            got = self.browser.ask(f"import('/markdown.js').then(m => {{ const b = document.createElement('div'); b.append(m.renderMarkdown({json.dumps(text)})); return b.textContent.length; }})")
            self.assertGreater(got, 0, text[:10])

    def test_both_languages_have_every_word(self):
        words = self.browser.ask("import('/words.js').then(m => m.WORDS)")
        self.assertEqual(list(words["zh"]), list(words["en"]))
        for key in words["zh"]:
            found = [sorted(re.findall(r"\{(\w+)\}", words[language][key])) for language in ("zh", "en")]
            self.assertEqual(found[0], found[1], key)

    def test_every_word_is_used_and_there(self):
        words = set(self.browser.ask("import('/words.js').then(m => Object.keys(m.WORDS.zh))"))
        files = [file.read_text(encoding="utf-8") for file in page_server.WEB.iterdir() if file.name != "words.js"]
        html = (page_server.WEB / "index.html").read_text(encoding="utf-8")
        named = set(re.findall(r'data-word(?:-label|-hint)?="(\w+)"', html))
        named |= {key for text in files for key in re.findall(r"\bword\(\s*'(\w+)'", text)}
        self.assertLessEqual(named, words)
        quoted = {key for text in files for key in re.findall(r"['\"](\w+)['\"]", text)}
        made = ("error_", "theme_", "label_", "task_")  # with a name of something behind it
        self.assertEqual({key for key in words - quoted - named if not key.startswith(made)}, set())

    def test_nothing_makes_elements_of_strings(self):
        for file in page_server.WEB.iterdir():
            text = file.read_text(encoding="utf-8")
            for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "https://cdn"):
                self.assertNotIn(word, text, file.name)
            if file.suffix == ".html":
                self.assertIsNone(re.search(r"\sstyle=|\son\w+=|<style|<script>", text), "the policy forbids it")


if __name__ == "__main__":
    unittest.main()
