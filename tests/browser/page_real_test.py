"""The page on `yixin serve` itself, with the two-layer model: that both mean the same by every route and field.

What it says makes no sense; everything about looks and faults is in page_test.py.
"""

import json
import pathlib
import sys
import tempfile
import unittest
import urllib.request

import browser
from page_server import POLICY, WEB

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import http_program  # noqa: E402
import program  # noqa: E402

LAST = "[...document.querySelectorAll('.turn')].at(-1)"


class PageRealTest(program.ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = cls.enterClassContext(browser.Browser())

    def setUp(self):
        self.server = self.enterContext(http_program.Server(self, log=False))
        self.url = f"http://127.0.0.1:{self.server.port}/"
        self.browser.speak("zh-CN,zh")
        self.browser.size(1280, 820)
        self.addCleanup(self.browser.open, "about:blank")

    def tearDown(self):
        self.browser.ask("1")
        self.assertEqual([str(error) for error in self.browser.errors], [])
        self.assertEqual([url for url in self.browser.requests if not url.startswith((self.url, "data:image/svg+xml", f"blob:{self.url}"))], [])

    def open(self):
        self.browser.open(self.url)
        self.browser.until("document.querySelectorAll('#voice option').length")

    def talk(self, text):
        self.browser.until("document.getElementById('send').dataset.does === 'send'")
        turns = self.browser.ask("document.querySelectorAll('.turn').length")
        self.browser.ask("document.getElementById('message').focus()")
        self.browser.type(text)
        self.browser.press("Enter", 13)
        self.browser.until(f"document.querySelectorAll('.turn').length === {turns + 1}")
        self.answered()

    def answered(self):
        self.browser.until(f"{LAST}.dataset.state === 'done' && document.getElementById('send').dataset.does === 'send' && !document.querySelector('.side li.busy')")

    def texts(self, selector):
        return self.browser.ask(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.textContent)")

    def test_every_file_is_in_the_program_under_its_policy(self):
        self.open()
        for file in WEB.iterdir():
            with urllib.request.urlopen(self.url + ("" if file.name == "index.html" else file.name)) as answer:
                self.assertEqual(answer.read(), file.read_bytes(), file.name)
                self.assertEqual(answer.headers["Content-Security-Policy"], POLICY)

    def test_a_conversation(self):
        self.open()
        self.browser.ask("(() => { const m = document.getElementById('max-tokens'); m.value = 8; m.dispatchEvent(new Event('change')); })()")
        self.talk("今天真开心")
        self.talk("<script>document.title = 'ran'</script>")
        name = self.server.ask("GET", "/v1/conversations")[2]["data"][0]["id"]
        kept = self.server.ask("GET", f"/v1/conversations/{name}")[2]
        self.assertEqual([turn["user"] for turn in kept["turns"]], ["今天真开心", "<script>document.title = 'ran'</script>"])
        for turn, shown in zip(kept["turns"], self.texts(".mood-first"), strict=True):
            self.assertTrue(shown.startswith(turn["sentiment"]["label"]), (turn, shown))
        self.browser.until("document.querySelector('.conversation-more').textContent.endsWith(' · 2 轮')")
        self.browser.ask("document.querySelector('.turn:last-child .retry').click()")
        self.answered()
        self.browser.ask("document.querySelector('#turn-0 .said-tools button').click()")
        self.browser.ask("document.querySelector('.editor textarea').value = '改了'")
        self.browser.ask("document.querySelector('.editor .save').click()")
        self.browser.until("document.querySelectorAll('.turn').length === 1")
        self.answered()
        while self.texts(".prose") == [""]:  # this model may say nothing; then the old turns are kept
            self.browser.ask("document.querySelector('.retry').click()")
            self.answered()
        kept = self.server.ask("GET", f"/v1/conversations/{name}")[2]
        self.assertEqual([turn["user"] for turn in kept["turns"]], ["改了"])
        self.browser.reload()
        self.browser.until("document.querySelectorAll('.bubble').length === 1")
        self.assertEqual(self.texts(".bubble"), ["改了"])
        file = self.browser.download(".side li .icon-button", pathlib.Path(tempfile.mkdtemp(dir=self.folder)))
        self.assertEqual(file.suffix, ".json")
        self.assertEqual([turn["user"] for turn in json.loads(file.read_bytes())["turns"]], ["改了"])
        self.browser.ask("document.querySelector('.side li .icon-button:last-child').click()")
        self.browser.ask("document.getElementById('confirm-yes').click()")
        self.browser.until("document.querySelectorAll('.side li').length === 0")
        self.assertEqual(self.server.ask("GET", "/v1/conversations")[2]["data"], [])

    def test_stopping_and_asking_again_at_once(self):
        self.open()
        self.browser.ask("(() => { const m = document.getElementById('max-tokens'); m.value = 400; m.dispatchEvent(new Event('change')); })()")
        self.browser.ask("document.getElementById('message').focus()")
        for text in ("一", "二", "三"):
            self.browser.type(text)
            self.browser.press("Enter", 13)
            self.browser.until(f"{LAST}?.querySelector('.mood') && {LAST}.querySelector('.bubble').textContent === '{text}'")
            self.browser.press("Escape", 27)  # it may have ended by itself
            self.answered()
        self.browser.errors[:] = [error for error in self.browser.errors if "409" not in str(error)]
        self.assertEqual(self.texts(".bubble"), ["一", "二", "三"])
        self.browser.reload()
        self.browser.until("document.querySelectorAll('.bubble').length === 3")
        self.assertEqual(self.texts(".bubble"), ["一", "二", "三"])

    def test_a_batch_and_the_figures(self):
        self.open()
        self.browser.ask("document.getElementById('tab-batch').click()")
        texts = [f"房间很干净{i}" for i in range(40)]
        self.browser.ask("document.getElementById('batch-paste').focus()")
        self.browser.type("\n".join(texts))
        self.browser.ask("document.getElementById('batch-start').click()")
        self.browser.until("document.getElementById('batch-status').textContent.includes('读完了：40 句')")
        labels = [item["label"] for item in self.server.ask("POST", "/v1/classify", {"input": texts})[2]["data"]]
        self.assertEqual(self.texts("#batch-rows .label-chip"), labels)
        self.browser.ask("document.getElementById('tab-how').click()")
        self.browser.until("document.querySelectorAll('.tile').length === 4")
        said = self.browser.ask("document.getElementById('panel-how').textContent")
        facts = self.server.ask("GET", "/v1/facts")[2]
        for part in (facts["model"], facts["kernels"], facts["version"], "sentiment.zh", "chat.zh"):
            self.assertIn(part, said)
        self.assertNotIn("undefined", said)
        self.assertNotIn("NaN", said)


if __name__ == "__main__":
    unittest.main()
