"""The page of web/ in Chromium, on a server that answers by a script: what people see, press and get.

YIXIN_SCREENSHOTS=FOLDER keeps what was seen as PNG files, to be looked at.
"""

import csv
import io
import json
import os
import pathlib
import tempfile
import time
import unittest

import browser
import page_server

# WCAG 2.1, 1.4.3: text against its ground.
LEAST_CONTRAST = 4.5
LAST = "[...document.querySelectorAll('.turn')].at(-1)"
# Every control in sight that a screen reader could not name.
NAMELESS = """[...document.querySelectorAll('button, input, select, textarea, [role=img], [role=region], dialog')]
  .filter(e => e.getClientRects().length && !e.getAttribute('aria-label')?.trim() && !e.getAttribute('aria-labelledby')
    && !e.textContent.trim() && ![...(e.labels ?? [])].some(l => l.textContent.trim())).map(e => e.outerHTML)"""
# As of a browser that lets a page keep nothing.
NO_STORAGE = "for (const n of ['localStorage', 'sessionStorage']) Object.defineProperty(window, n, { get() { throw new DOMException('no', 'SecurityError'); } });"


class PageTest(unittest.TestCase):
    """Each test has a server of its own: another origin, so nothing is remembered from one to the next."""

    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(browser.Browser())
        folder = tempfile.TemporaryDirectory(prefix="yixin_page_")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)

    def setUp(self):
        self.server = self.enterContext(page_server.PageServer())
        self.complaints = []  # of the browser, that a test expects: parts of them
        self.browser.speak("zh-CN,zh")
        self.browser.prefer("light")
        self.browser.size(1280, 820)
        # A page that lives on would miss its server in the next test.
        self.addCleanup(self.browser.open, "about:blank")

    def tearDown(self):
        self.browser.ask("1")  # what the browser has still to say
        said = [str(error) for error in self.browser.errors if not any(part in str(error) for part in self.complaints)]
        self.assertEqual(said, [])
        asked = [url for url in self.browser.requests if not url.startswith((self.server.url, "data:image/svg+xml", f"blob:{self.server.url}"))]
        self.assertEqual(asked, [], "another origin was asked")

    # What people do.

    def open(self, hash_=""):
        self.browser.open(self.server.url + hash_)
        self.see("document.querySelectorAll('#voice option').length")

    def see(self, expression):
        self.browser.until(expression)

    def click(self, selector):
        self.see(f"document.querySelector({json.dumps(selector)})")
        self.browser.ask(f"document.querySelector({json.dumps(selector)}).click()")

    def write(self, text):
        self.browser.ask("document.getElementById('message').focus()")
        self.browser.type(text)

    def say(self, text):
        """Without waiting for the answer."""
        self.see("document.getElementById('send').dataset.does === 'send'")
        before = len(self.server.asked("/v1/assist"))
        self.write(text)
        self.browser.press("Enter", 13)
        self.waits(lambda: len(self.server.asked("/v1/assist")) > before)

    def talk(self, *texts):
        for text in texts:
            self.say(text)
            self.answered()

    def answered(self):
        self.see(f"{LAST}.dataset.state === 'done' && document.getElementById('send').dataset.does === 'send'")
        self.see("!document.querySelector('.side li.busy')")

    def waits(self, true):
        deadline = time.monotonic() + browser.PATIENCE_S
        while not (value := true()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        return value

    def text(self, selector):
        return self.browser.ask(f"document.querySelector({json.dumps(selector)})?.textContent")

    def texts(self, selector):
        return self.browser.ask(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.textContent)")

    def listed(self, *titles):
        """Waits until the list has exactly these, from the server."""
        self.see(f"JSON.stringify([...document.querySelectorAll('.side li:has(.icon-button) .conversation-title')].map(e => e.textContent)) === {json.dumps(json.dumps(titles, ensure_ascii=False, separators=(',', ':')))}")

    def keep(self, name):
        if folder := os.environ.get("YIXIN_SCREENSHOTS"):
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
            self.browser.screenshot(pathlib.Path(folder) / f"page-{name}.png")

    # The conversation.

    def test_a_reply_comes_in_pieces_behind_its_mood(self):
        self.open()
        self.say("等我说完，今天真开心")
        self.see(f"{LAST}.querySelector('.prose').textContent === '谢谢你告诉我'")
        self.assertEqual(self.browser.ask(f"{LAST}.dataset.state"), "writing")
        self.assertEqual(self.browser.ask(f"{LAST}.getAttribute('aria-busy')"), "true")
        mood = page_server.sentiment("等我说完，今天真开心", "sentiment.zh")
        self.assertEqual(self.text(".mood-first"), f"正面 {round(mood['probs'][0] * 100)}%")
        self.assertIn(f"负面 {round(mood['probs'][1] * 100)}%", self.text(".mood-rest"))
        self.assertIn("正面", self.browser.ask("document.querySelector('.mood').getAttribute('aria-label')"))
        widths = self.browser.ask("[...document.querySelectorAll('.mood .stack rect')].map(e => e.width.baseVal.value)")
        for width, share in zip(widths, mood["probs"], strict=True):
            self.assertAlmostEqual(width, share * 100, places=3)
        self.assertEqual(self.text("#spoken"), "", "a screen reader hears the whole reply, once")
        self.assertEqual(self.browser.ask("document.getElementById('send').getAttribute('aria-label')"), "停止")
        self.server.release.set()
        self.answered()
        self.assertEqual(self.text(".prose"), page_server.DEFAULT_REPLY)
        self.assertEqual(self.text("#spoken"), "一心：" + page_server.DEFAULT_REPLY)
        self.assertEqual(self.browser.ask(f"{LAST}.getAttribute('aria-busy')"), "false")

    def test_stopping_keeps_what_was_written(self):
        for stop in ("button", "Esc"):
            with self.subTest(stop=stop):
                self.open()
                self.click("#new-conversation")
                self.say(f"等等，{stop}")
                self.see(f"{LAST}.querySelector('.prose').textContent === '谢谢你告诉我'")
                if stop == "button":
                    self.click("#send")
                else:
                    self.browser.press("Escape", 27)
                self.answered()
                self.assertIn("停在这里了", self.text(".after"))
                self.assertEqual(self.text(".prose"), "谢谢你告诉我")
                name = self.server.asked("/v1/assist")[-1]["conversation"]
                kept = self.waits(lambda name=name: self.server.conversations.get(name))
                self.assertEqual([turn["reply"] for turn in kept["turns"]], ["谢谢你告诉我"])

    def test_a_reply_that_was_stopped_before_its_mood_can_be_asked_for_again(self):
        self.open()
        self.talk("你好")
        self.say("先想一想")
        self.see(f"{LAST}.querySelector('.dots')")
        self.click("#send")
        self.answered()
        self.server.release.set()
        name = self.server.asked("/v1/assist")[0]["conversation"]
        self.waits(lambda: len(self.server.conversations[name]["turns"]) == 2)
        self.click(".turn:last-child .retry")
        self.answered()
        self.assertEqual(self.server.asked("/v1/assist")[-1]["turn"], 1)
        self.assertEqual(self.texts(".bubble"), ["你好", "先想一想"])
        self.waits(lambda: self.server.conversations[name]["turns"][-1]["reply"] == page_server.DEFAULT_REPLY)

    def test_another_answer_and_an_edited_turn(self):
        self.open()
        self.talk("次数一", "次数二", "次数三")
        self.assertEqual(self.texts(".prose"), ["第 1 次", "第 2 次", "第 3 次"])
        self.assertEqual(len(self.texts(".retry")), 1, "of the last one only")
        self.click(".turn:last-child .retry")
        self.see(f"{LAST}.querySelector('.prose').textContent === '第 4 次'")
        self.answered()
        self.assertEqual(self.server.asked("/v1/assist")[-1]["turn"], 2)
        self.click("#turn-1 .said-tools button")
        self.assertIn("后面的 1 轮会被替换", self.text(".editor"))
        self.browser.press("Escape", 27)
        self.assertIsNone(self.text(".editor"))
        self.click("#turn-1 .said-tools button")
        self.browser.ask("document.querySelector('.editor textarea').select()")
        self.browser.type("次数改了")
        self.browser.press("Enter", 13)
        self.see("document.querySelectorAll('.turn').length === 2")
        self.answered()
        self.assertEqual(self.server.asked("/v1/assist")[-1]["turn"], 1)
        self.assertEqual(self.texts(".bubble"), ["次数一", "次数改了"])
        self.assertEqual(self.browser.ask("document.activeElement.id"), "turn-1", "the keyboard stays where it was")
        self.assertEqual(self.texts(".prose"), ["第 1 次", "第 5 次"])
        self.assertNotIn("turn", self.server.asked("/v1/assist")[1], "another window may have said something meanwhile")

    def test_a_model_that_says_nothing(self):
        self.open()
        self.talk("你好", "再见")
        self.click("#turn-0 .said-tools button")
        self.browser.ask("document.querySelector('.editor textarea').value = '沉默'")
        self.click(".editor .save")
        self.see("document.querySelectorAll('.turn').length === 1")
        self.answered()
        self.assertIn("没有回答", self.text(".after"))
        name = self.server.asked("/v1/assist")[0]["conversation"]
        self.assertEqual(len(self.server.conversations[name]["turns"]), 2, "what it was to replace is still there")
        self.talk("那就算了")
        self.assertEqual(self.server.asked("/v1/assist")[-1]["turn"], 0)
        self.assertEqual(self.texts(".bubble"), ["那就算了"])
        self.assertEqual([turn["user"] for turn in self.server.conversations[name]["turns"]], ["那就算了"])

    def test_conversations_are_the_servers(self):
        self.open()
        self.talk("第一个，真开心", "还有")
        self.click("#new-conversation")
        self.assertEqual(self.texts(".turn"), [])
        self.assertTrue(self.browser.ask("document.getElementById('welcome').checkVisibility()"))
        self.talk("第二个")
        self.listed("第二个", "第一个，真开心")
        self.click(".side li:nth-child(2) .conversation")
        self.see("document.querySelectorAll('.turn').length === 2")
        self.assertEqual(self.text(".side li:has([aria-current]) .conversation-title"), "第一个，真开心")
        self.browser.reload()
        self.see("document.querySelectorAll('.turn').length === 2")
        self.assertEqual(self.texts(".bubble"), ["第一个，真开心", "还有"])
        self.assertEqual(len(self.texts(".mood-first")), 2)
        self.assertEqual(self.browser.ask("document.querySelectorAll('.mood-line .point').length"), 2)
        self.browser.ask("history.back()")
        self.see("document.querySelectorAll('.turn').length === 1")
        self.assertEqual(self.texts(".bubble"), ["第二个"])

    def test_deleting_asks_first(self):
        self.open()
        self.talk("留着")
        self.click("#new-conversation")
        self.talk("删掉")
        self.listed("删掉", "留着")
        self.click(".side li:first-child .icon-button:last-child")
        self.see("document.getElementById('confirm').open")
        self.assertIn("删掉", self.text("#confirm-explained"))
        self.keep("confirm")
        self.assertEqual(self.browser.ask("document.activeElement.id"), "confirm-no")
        self.browser.press("Escape", 27)
        self.see("!document.getElementById('confirm').open")
        self.assertEqual(len(self.server.conversations), 2)
        self.click(".side li:first-child .icon-button:last-child")
        self.click("#confirm-yes")
        self.see("document.querySelectorAll('.side li').length === 1")
        self.listed("留着")
        self.assertEqual([kept["turns"][0]["user"] for kept in self.server.conversations.values()], ["留着"])
        self.assertEqual(self.texts(".turn"), [])

    def test_more_conversations_than_a_list_has(self):
        for i in range(120):
            self.server.conversations[f"c{i}"] = {"id": f"c{i}", "created": 1, "updated": i, "task": "chat.zh", "turns": [{"user": f"第{i}个"}]}
        self.open()
        self.see("document.querySelectorAll('.side li').length === 50")
        self.click("#more-conversations")
        self.see("document.querySelectorAll('.side li').length === 100")
        self.click("#more-conversations")
        self.see("document.querySelectorAll('.side li').length === 120")
        self.assertFalse(self.browser.ask("document.getElementById('more-conversations').checkVisibility()"))
        self.assertEqual(self.texts(".conversation-title"), [f"第{i}个" for i in reversed(range(120))])

    def test_an_export_is_a_file(self):
        self.open()
        self.talk("导出我")
        got = self.download(".side li .icon-button")
        self.assertEqual(json.loads(got)["turns"], [{"user": "导出我", "reply": page_server.DEFAULT_REPLY}])

    def test_an_answer_goes_on_while_another_conversation_is_read(self):
        self.open()
        self.talk("旧的")
        self.listed("旧的")
        self.click("#new-conversation")
        self.say("等着")
        self.see(f"{LAST}.querySelector('.prose').textContent === '谢谢你告诉我'")
        self.assertEqual(self.texts(".conversation-title"), ["等着", "旧的"], "it is there before the server has been asked")
        self.assertEqual(self.texts(".side li.busy .conversation-title"), ["等着"])
        self.click(".side li:last-child .conversation")
        self.see("document.querySelector('.bubble')?.textContent === '旧的'")
        self.server.release.set()
        self.see("document.querySelectorAll('.side li').length === 2 && !document.querySelector('.side li.busy')")
        self.assertEqual(self.texts(".bubble"), ["旧的"])
        self.click(".side li:first-child .conversation")
        self.see(f"{LAST}?.querySelector('.prose').textContent === {json.dumps(page_server.DEFAULT_REPLY)}")

    def test_texts_stay_texts(self):
        page_server.REPLIES["<img src=x onerror=\"document.title='ran'\">"] = page_server.REPLIES["脚本"]
        self.open()
        self.talk("脚本", "<img src=x onerror=\"document.title='ran'\">", "<script>document.title='ran'</script>")
        self.browser.reload()
        self.see("document.querySelectorAll('.turn').length === 3")
        self.assertIn("<script>document.title='ran'</script>", self.text(".prose"))
        self.assertIn("[点我](javascript:alert(1))", self.text(".prose"))
        self.assertEqual(self.text(".prose pre code"), "alert(1)\n")
        self.assertEqual(self.browser.ask("document.querySelectorAll('img, main a, main script, iframe').length"), 0)
        self.assertEqual(self.browser.ask("document.title"), "一心 · 聊天与心情")
        self.click("#new-conversation")
        self.click("#tab-batch")
        self.browser.ask("document.getElementById('batch-paste').focus()")
        self.browser.type("<b>粗</b>")
        self.click("#batch-start")
        self.see("document.querySelector('.cell-text')?.textContent === '<b>粗</b>'")

    def test_handing_over_to_a_person(self):
        self.open()
        self.talk("我要退款！")
        self.assertIn("建议转给人工", self.text(".hand-over"))
        self.assertIn("退款", self.text(".hand-over"))
        self.browser.reload()
        self.see("document.querySelector('.hand-over')")

    def test_voices_and_settings_go_with_the_text(self):
        self.open()
        self.click("#options-button")
        self.assertEqual(len(self.texts("#voice option")), 3)
        self.browser.ask("(() => { const v = document.getElementById('voice'); v.value = 'chat.en'; v.dispatchEvent(new Event('change')); })()")
        for name, value in (("temperature", "0.3"), ("top-p", "0.5"), ("max-tokens", "77"), ("seed", "7")):
            self.browser.ask(f"document.getElementById('{name}').focus()")
            self.browser.type(value)
        self.talk("hello")
        asked = self.server.asked("/v1/assist")[-1]
        self.assertEqual({k: asked[k] for k in ("task", "temperature", "top_p", "max_tokens", "seed", "stream")},
                         {"task": "chat.en", "temperature": 0.3, "top_p": 0.5, "max_tokens": 77, "seed": 7, "stream": True})  # fmt: skip
        self.assertNotIn("label_task", asked, "the server knows what fits the voice")
        self.assertTrue(self.browser.ask("document.getElementById('voice').disabled"))
        self.browser.ask("(() => { const r = document.getElementById('mood-reader'); r.value = 'urgency.zh'; r.dispatchEvent(new Event('change')); })()")
        self.talk("again")
        self.assertEqual(self.server.asked("/v1/assist")[-1]["label_task"], "urgency.zh")
        self.assertIn("一般", self.texts(".mood-first")[-1][:2] + self.texts(".mood-rest")[-1])
        self.browser.reload()
        self.see("document.querySelectorAll('.turn').length === 2 && document.getElementById('voice').value === 'chat.en'")
        self.assertEqual(self.browser.ask("document.getElementById('seed').value"), "7")
        self.click("#reset")
        self.click("#new-conversation")
        self.talk("你好")
        asked = self.server.asked("/v1/assist")[-1]
        self.assertEqual((asked["task"], "label_task" in asked, "seed" in asked), ("chat.zh", False, False))

    def test_the_voice_is_the_pages_until_somebody_chooses(self):
        self.browser.speak("en-US,en")
        self.open()
        self.talk("hello")
        self.click("#language")
        self.click("#new-conversation")
        self.talk("你好")
        self.click(".side li:last-child .conversation")
        self.see("document.querySelector('.bubble')?.textContent === 'hello'")
        self.talk("again")
        self.assertEqual([body["task"] for body in self.server.asked("/v1/assist")], ["chat.en", "chat.zh", "chat.en"])

    def test_a_setting_that_may_not_be_is_not_sent(self):
        self.open()
        self.browser.ask("document.getElementById('temperature').value = '9'")
        self.write("你好")
        self.browser.press("Enter", 13)
        self.see("document.getElementById('options').checkVisibility()")
        self.assertEqual(self.server.asked("/v1/assist"), [])
        self.assertEqual(self.browser.ask("document.getElementById('message').value"), "你好")

    # What goes wrong.

    def test_a_busy_server_is_asked_again(self):
        self.complaints = ["429"]
        self.open()
        self.say("忙吗")
        self.see(f"{LAST}.querySelector('.trouble')")
        self.assertIn("请过 1 秒再试", self.text(".trouble"))
        self.click(".trouble .retry")
        self.answered()
        self.assertEqual(self.text(".prose"), page_server.DEFAULT_REPLY)
        self.assertEqual(len(self.texts(".turn")), 1)

    def test_a_conversation_whose_last_reply_is_still_ending(self):
        self.complaints = ["409"]
        self.open()
        self.talk("一")
        name = self.server.asked("/v1/assist")[0]["conversation"]
        self.server.claimed = [name] * 3
        self.talk("二")
        self.assertEqual(len(self.server.asked("/v1/assist")), 5)
        self.server.claimed = [name] * 30
        self.say("三")
        self.see("document.querySelector('.trouble')")
        self.assertIn("还在写", self.text(".trouble"))

    def test_a_server_that_keeps_no_conversations(self):
        self.complaints = ["404"]
        self.server.keeps = False
        self.open()
        self.see("document.getElementById('no-conversations').textContent.includes('不保存会话')")
        self.say("次数一")
        self.answered()
        self.say("次数二")
        self.answered()
        self.click(".turn:last-child .retry")
        self.see(f"{LAST}.querySelector('.prose').textContent === '第 3 次'")
        for body in self.server.asked("/v1/assist"):
            self.assertFalse({"conversation", "turn"} & set(body))
        self.assertEqual(self.texts(".bubble"), ["次数一", "次数二"])
        self.assertIsNone(self.text(".notice"))

    def test_what_was_never_finished_says_so(self):
        mood = page_server.sentiment("半句", "sentiment.zh")
        turns = [{"user": "半句", "reply": "一半", "sentiment": mood, "finish_reason": finish, "escalate": False, "escalation": None} for finish in ("error", None)]
        self.server.conversations["c"] = {"id": "c", "created": 1.5, "updated": 1.5, "task": "chat.zh", "turns": turns}
        self.open("#talk/c")
        self.see("document.querySelectorAll('.turn').length === 2")
        for text in self.texts(".after"):
            self.assertIn("没有写完", text)

    def test_an_answer_that_breaks_off(self):
        self.complaints = ["net::ERR"]
        self.open()
        for text in ("坏了", "断了"):
            self.say(text)
            self.see(f"{LAST}.querySelector('.trouble') && document.getElementById('send').dataset.does === 'send'")
            self.assertIn("断开", self.text(".trouble"))
            self.assertEqual(self.text(".turn:last-child .prose"), "谢谢你告诉我")
        page_server.REPLIES.pop("好了", None)
        self.talk("好了")
        self.assertEqual(self.texts(".bubble"), ["好了"], "what failed is not kept")

    def test_a_server_that_has_gone(self):
        self.complaints = ["net::ERR", "Failed to load"]
        self.open()
        self.server._server.shutdown()
        self.server._server.server_close()
        self.write("在吗")
        self.browser.press("Enter", 13)
        self.see(f"{LAST}?.querySelector('.trouble')")
        self.assertIn("联系不上服务器", self.text(".trouble"))
        self.assertEqual(self.texts(".bubble"), ["在吗"], "what was said is not lost")

    def test_a_conversation_that_is_not_there(self):
        self.complaints = ["404"]
        self.open("#talk/nowhere")
        self.see("document.querySelector('.notice')")
        self.assertIn("已经不在服务器上了", self.text(".notice"))
        self.assertTrue(self.browser.ask("document.getElementById('welcome').checkVisibility()"))
        self.click(".notice button")
        self.assertIsNone(self.text(".notice"))

    def test_a_key_is_asked_for_and_lasts_as_long_as_the_tab(self):
        self.complaints = ["401"]
        self.server.key = "s3cret"
        self.browser.open(self.server.url)
        self.see("document.getElementById('key-dialog').open")
        self.keep("key")
        self.browser.type("wrong")
        self.browser.press("Enter", 13)
        self.see("document.getElementById('key-dialog').open && document.getElementById('key-more').textContent.includes('不认')")
        self.browser.type("s3cret")
        self.browser.press("Enter", 13)
        self.see("document.querySelectorAll('#voice option').length")
        self.talk("有钥匙了")
        self.browser.reload()
        self.see("document.querySelectorAll('.turn').length === 1")
        self.assertIsNone(self.browser.ask("localStorage.getItem('yixin.key')"))

    # Keys, languages, looks.

    def test_the_keyboard(self):
        self.open()
        self.write("一行")
        self.browser.press("Enter", 13, modifiers=8)
        self.browser.type("两行")
        self.assertEqual(self.browser.ask("document.getElementById('message').value"), "一行\n两行")
        self.browser.ask("document.getElementById('message').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, cancelable: true, bubbles: true }))")
        self.browser.ask("document.getElementById('message').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, cancelable: true, bubbles: true }))")
        self.browser.call("Input.imeSetComposition", text="ni hao", selectionStart=6, selectionEnd=6)
        self.assertEqual(self.server.asked("/v1/assist"), [], "the Enter of an input method sends nothing")
        self.browser.call("Input.insertText", text="你好")
        self.browser.press("Enter", 13)
        self.answered()
        self.assertEqual(self.texts(".bubble"), ["一行\n两行你好"])
        self.browser.ask("document.getElementById('tab-talk').focus()")
        for key, code, tab in (("ArrowRight", 39, "batch"), ("ArrowRight", 39, "how"), ("ArrowRight", 39, "talk"), ("ArrowLeft", 37, "how"), ("Home", 36, "talk")):
            self.browser.press(key, code)
            self.assertEqual(self.browser.ask("document.activeElement.id"), f"tab-{tab}")
            self.assertTrue(self.browser.ask(f"document.getElementById('panel-{tab}').checkVisibility()"))
            self.assertEqual(self.browser.ask("document.querySelectorAll('[role=tab][aria-selected=true]').length"), 1)
        seen = []
        self.browser.ask("document.body.focus()")
        for _ in range(12):
            self.browser.press("Tab", 9)
            seen.append(self.browser.ask("document.activeElement.id || document.activeElement.className"))
        for name in ("language", "theme", "new-conversation", "conversation", "options-button", "message"):
            self.assertIn(name, seen)

    def test_languages(self):
        for languages, word in (("zh-CN,zh", "对话"), ("zh-TW", "对话"), ("en-US,en", "Chat"), ("fr-FR,fr", "Chat"), ("fr,zh-CN", "对话")):
            with self.subTest(languages=languages):
                self.browser.speak(languages)
                self.open()
                self.assertEqual(self.text("#tab-talk"), word)
        self.browser.speak("zh-CN,zh")
        self.open()
        self.talk("真开心")
        self.assertIn("正面", self.text(".mood"))
        self.click("#language")
        self.assertEqual(self.text("#tab-batch"), "Batch")
        self.assertEqual(self.browser.ask("document.documentElement.lang"), "en")
        self.see("document.querySelector('.mood').textContent.includes('positive')")
        self.assertEqual(self.browser.ask("document.getElementById('message').placeholder"), "How was your day?")
        self.browser.reload()
        self.see("document.querySelectorAll('.turn').length === 1")
        self.assertEqual(self.text("#tab-batch"), "Batch", "it is remembered")
        self.assertEqual(self.browser.ask("(document.body.innerText.replace('真开心', '').replaceAll('真开心', '').match(/[\\u4e00-\\u9fff]+/g) || []).filter(w => w !== '中' && !'谢谢你告诉我我在听慢慢说'.includes(w))"), [], "no Chinese is left")

    def test_themes(self):
        ground = "getComputedStyle(document.body).backgroundColor"
        self.open()
        light = self.browser.ask(ground)
        self.browser.prefer("dark")
        self.see(f"{ground} !== '{light}'")
        dark = self.browser.ask(ground)
        self.click("#theme")
        self.assertEqual(self.browser.ask(ground), light)
        self.browser.reload()
        self.assertEqual(self.browser.ask(ground), light, "it is remembered")
        self.click("#theme")
        self.browser.prefer("light")
        self.assertEqual(self.browser.ask(ground), dark)
        self.click("#theme")
        self.assertEqual(self.browser.ask(ground), light)

    def test_a_browser_that_keeps_nothing(self):
        script = self.browser.call("Page.addScriptToEvaluateOnNewDocument", source=NO_STORAGE)["identifier"]
        try:
            self.server.key = "k"
            self.complaints = ["401"]
            self.browser.open(self.server.url)
            self.see("document.getElementById('key-dialog').open")
            self.browser.type("k")
            self.browser.press("Enter", 13)
            self.see("document.querySelectorAll('#voice option').length")
            self.click("#language")
            self.click("#theme")
            self.talk("still works")
            self.assertEqual(self.text("#tab-talk"), "Chat")
        finally:
            self.browser.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)

    def test_every_tab_at_each_width_theme_and_language(self):
        self.server.release.set()
        self.open()
        self.talk("今天的实验终于成功了，太棒了！", "下了一天雨，心里闷闷的。", "也许该睡了，" + "https://example.com/" + "a" * 200, "我要退款！", "晚饭吃什么好？", "太长了吗")
        self.click("#options-button")
        self.click("#tab-batch")
        self.browser.ask("document.getElementById('batch-paste').focus()")
        self.complaints = ["400"]
        self.server.broken_texts["空"] = "nothing to label here"
        self.browser.type("房间很干净\n等了三个小时\n空\n" + "字" * 500 + "\n今天星期三" * 30)
        self.click("#batch-start")
        self.see("document.getElementById('batch-start').classList.contains('primary') && document.querySelector('.cell-error')")
        for width, tall in ((1280, 820), (768, 1024), (375, 760), (320, 640)):
            self.browser.size(width, tall)
            for theme in ("light", "dark"):
                self.browser.prefer(theme)
                for language in ("zh", "en"):
                    if self.text("#tab-talk") != {"zh": "对话", "en": "Chat"}[language]:
                        self.click("#language")
                    for tab in ("talk", "batch", "how"):
                        with self.subTest(width=width, theme=theme, language=language, tab=tab):
                            self.click(f"#tab-{tab}")
                            self.see(f"document.documentElement.dataset.theme === '{theme}'")
                            self.assertEqual(self.browser.ask("document.documentElement.scrollWidth"), width, "nothing sticks out")
                            self.assertEqual(self.browser.ask("document.documentElement.scrollHeight"), tall)
                            inner = f"(e => e.scrollWidth - e.clientWidth)(document.getElementById('{'talk-page' if tab == 'talk' else 'panel-' + tab}'))"
                            self.assertLessEqual(self.browser.ask(inner), 0)
                            contrast, where = self.browser.worst_contrast("body *")
                            self.assertGreaterEqual(contrast, LEAST_CONTRAST, where)
                            self.assertEqual(self.browser.ask(NAMELESS), [])
                            self.keep(f"{tab}-{width}-{theme}-{language}")

    def test_the_list_is_a_drawer_on_a_phone(self):
        self.browser.size(375, 760)
        self.open()
        self.talk("手机上")
        self.assertFalse(self.browser.ask("document.getElementById('new-conversation').checkVisibility({ visibilityProperty: true })"))
        self.click("#open-list")
        self.see("document.getElementById('new-conversation').checkVisibility({ visibilityProperty: true })")
        self.assertEqual(self.browser.ask("document.activeElement.id"), "close-list")
        self.keep("drawer")
        self.browser.press("Escape", 27)
        self.see("!document.getElementById('new-conversation').checkVisibility({ visibilityProperty: true })")
        self.assertEqual(self.browser.ask("document.activeElement.id"), "open-list")
        self.click("#open-list")
        self.click("#new-conversation")
        self.see("document.getElementById('welcome').checkVisibility() && document.getElementById('curtain').hidden")
        self.keep("welcome-phone")

    def test_how_it_works(self):
        self.open("#how")
        self.see("document.querySelectorAll('.tile').length === 4")
        said = self.text("#panel-how")
        for part in ("548 MB", "amx", "151,936", "qwen2.5-coder-0.5b", "sentiment.zh", "561 MB"):
            self.assertIn(part, said)
        count = len([path for _, path, _ in self.server.requests if path == "/v1/facts"])
        self.waits(lambda: len([path for _, path, _ in self.server.requests if path == "/v1/facts"]) >= count + 2)
        self.see("document.querySelector('.curve polyline').points.length >= 2")

    def test_how_it_works_says_when_the_server_is_silent(self):
        self.complaints = ["net::ERR"]
        self.open("#how")
        self.see("document.querySelectorAll('.tile').length === 4")
        self.server._server.shutdown()
        self.server._server.server_close()
        self.see("document.getElementById('how-live').textContent.includes('暂时收不到')")

    # The batch.

    def download(self, selector):
        return self.browser.download(selector, pathlib.Path(tempfile.mkdtemp(dir=self.folder))).read_bytes()

    def choose(self, name, content):
        file = self.folder / name
        file.write_bytes(content)
        self.browser.choose_file("#batch-file", file)
        self.see(f"document.getElementById('batch-file-name').textContent.startsWith({json.dumps(name)})")

    def run_batch(self):
        self.click("#batch-start")
        self.see("document.getElementById('batch-start').classList.contains('primary') && document.getElementById('batch-csv').checkVisibility()")

    def test_a_table_of_a_spreadsheet_becomes_a_table_with_labels(self):
        rows = ["编号,评论,备注"] + [f'{i},"房间很干净，""好""{i}",=1+{i}' if i % 2 else f"{i},等了三个小时{i},-" for i in range(300)]
        self.open("#batch")
        self.choose("评论.csv", "\r\n".join(rows).encode("gbk"))
        self.assertIn("GB 18030", self.text("#batch-file-name"))
        self.assertTrue(self.browser.ask("document.getElementById('batch-header').checked"))
        self.assertEqual(self.browser.ask("document.getElementById('batch-column').selectedOptions[0].textContent"), "评论")
        self.assertEqual(self.text("#batch-count"), "300 句")
        self.run_batch()
        self.assertIn("读完了：300 句", self.text("#batch-status"))
        sent = self.server.asked("/v1/classify")
        self.assertEqual([len(body["input"]) for body in sent], [32] * 9 + [12])
        self.assertEqual(sent[0]["input"][1], '房间很干净，"好"1')
        self.assertEqual(self.browser.ask("document.querySelectorAll('#batch-rows tr').length"), 100)
        self.assertIn("正面50% · 150", self.texts("#batch-chart li"))
        self.click("#batch-next")
        self.click("#batch-next")
        self.assertEqual(self.text("#batch-page"), "第 201–300 句，共 300 句")
        self.assertTrue(self.browser.ask("document.getElementById('batch-next').disabled"))
        self.browser.ask("(() => { const s = document.getElementById('batch-show'); s.value = '负面'; s.dispatchEvent(new Event('change')); })()")
        self.assertEqual(self.text("#batch-page"), "第 1–100 句，共 150 句")
        self.assertEqual(set(self.texts("#batch-rows .label-chip")), {"负面"})
        got = self.download("#batch-csv")
        self.assertTrue(got.startswith(b"\xef\xbb\xbf"))
        table = list(csv.reader(io.StringIO(got.decode("utf-8-sig"), newline="")))
        self.assertEqual(table[0], ["编号", "评论", "备注", "label", "probability", "p_正面", "p_负面", "p_中性", "error"])
        self.assertEqual(table[2][:4], ["1", '房间很干净，"好"1', "'=1+1", "正面"])
        self.assertEqual(table[1][:4], ["0", "等了三个小时0", "'-", "负面"])
        self.assertEqual(len(table), 301)
        self.assertAlmostEqual(sum(map(float, table[2][5:8])), 1, places=3)
        lines = [json.loads(line) for line in self.download("#batch-jsonl").decode().splitlines()]
        self.assertEqual((len(lines), lines[1]["label"], list(lines[1]["probs"])), (300, "正面", ["正面", "负面", "中性"]))

    def test_pasted_lines_and_another_task(self):
        self.open("#batch")
        self.see("document.querySelectorAll('#batch-task option').length === 3")
        self.browser.ask("document.getElementById('batch-task').value = 'urgency.zh'")
        self.browser.ask("document.getElementById('batch-paste').focus()")
        self.browser.type("等了三天\n\n  \n今天星期三")
        self.run_batch()
        self.assertEqual(self.server.asked("/v1/classify"), [{"input": ["等了三天", "今天星期三"], "task": "urgency.zh"}])
        self.assertEqual(self.texts("#batch-rows .label-chip"), ["一般", "不急"])
        table = list(csv.reader(io.StringIO(self.download("#batch-csv").decode("utf-8-sig"))))
        self.assertEqual(table[0][:3], ["text", "label", "probability"])

    def test_a_file_with_tabs_and_no_names(self):
        self.open("#batch")
        self.choose("a.tsv", "\ufeff1\t房间很干净，真的\n2\t差\n".encode())
        self.assertFalse(self.browser.ask("document.getElementById('batch-header').checked"))
        self.assertEqual(self.browser.ask("document.getElementById('batch-column').selectedOptions[0].textContent"), "第 2 列")
        self.click("#batch-header")
        self.assertEqual(self.text("#batch-count"), "1 句")
        self.click("#batch-header")
        self.run_batch()
        self.assertEqual(self.server.asked("/v1/classify")[0]["input"], ["房间很干净，真的", "差"])
        self.click("#batch-forget-file")
        self.assertTrue(self.browser.ask("document.getElementById('batch-paste').checkVisibility()"))
        self.assertEqual(self.text("#batch-count"), "0 句")

    def test_a_file_is_dropped(self):
        self.open("#batch")
        self.browser.ask("""(() => { const t = new DataTransfer();
          t.items.add(new File(['text\\n很干净\\n'], 'dropped.csv'));
          document.getElementById('batch-drop').dispatchEvent(new DragEvent('drop', { dataTransfer: t, bubbles: true, cancelable: true })); })()""")
        self.see("document.getElementById('batch-count').textContent === '1 句'")

    def test_texts_that_cannot_be_read_do_not_stop_the_others(self):
        self.complaints = ["400"]
        self.server.broken_texts = {"坏3": "too long", "坏40": "empty"}
        self.open("#batch")
        self.choose("x.csv", "\n".join(["text"] + [f"坏{i}" if i in (3, 40) else f"句{i}" for i in range(70)]).encode())
        self.run_batch()
        self.assertIn("2 句没能读出", self.text("#batch-status"))
        self.assertEqual(self.texts(".cell-error"), ["too long", "empty"])
        lines = [json.loads(line) for line in self.download("#batch-jsonl").decode().splitlines()]
        self.assertEqual([line["text"] for line in lines], [f"坏{i}" if i in (3, 40) else f"句{i}" for i in range(70)])
        self.assertEqual(lines[40]["error"], "empty")

    def test_a_busy_server_makes_a_batch_wait(self):
        self.complaints = ["429"]
        self.open("#batch")
        self.browser.ask("document.getElementById('batch-paste').focus()")
        self.browser.type("忙一\n句二")
        self.click("#batch-start")
        self.see("document.getElementById('batch-status').textContent.includes('服务器正忙')")
        self.see("document.getElementById('batch-status').textContent.includes('读完了：2 句')")

    def test_a_batch_is_stopped_and_goes_on(self):
        self.open("#batch")
        self.choose("x.csv", "\n".join(["text"] + [f"句{i}" for i in range(40)] + ["先想"] + [f"后{i}" for i in range(2000)]).encode())
        self.click("#batch-start")
        self.see("document.getElementById('batch-status').textContent.includes('已读 32 / 2,041')")
        self.waits(lambda: len(self.server.asked("/v1/classify")) == 2)
        self.assertTrue(self.browser.ask("document.getElementById('batch-column').disabled"))
        self.click("#batch-start")
        self.see("document.getElementById('batch-status').textContent.includes('停下了：已读 32 句')")
        self.assertEqual(len(self.download("#batch-jsonl").splitlines()), 32)
        self.server.release.set()
        self.click("#batch-resume")
        self.see("document.getElementById('batch-status').textContent.includes('读完了：2,041 句')")
        lines = [json.loads(line)["text"] for line in self.download("#batch-jsonl").decode().splitlines()]
        self.assertEqual((len(lines), lines[32], lines[2040]), (2041, "句32", "后1999"))
        self.assertEqual(self.browser.ask("document.querySelectorAll('#batch-rows tr').length"), 100)

    def test_nothing_to_read(self):
        self.open("#batch")
        self.click("#batch-start")
        self.see("document.querySelector('.notice')")
        self.assertEqual(self.server.asked("/v1/classify"), [])


if __name__ == "__main__":
    unittest.main()
