"""yixin chat through pipes, on a tiny model that talks nonsense."""

import json
import stat
import unittest

import program

TURN = r"👤 你说: {}\n(😄|😢|😐) LLM 情感判断: (正面|负面|中性)( \(\d\.\d\d\))?\n🤖 AI 回复: "


class ChatTest(program.ProgramTest):
    def chat(self, text, *words, **options):
        return self.run_verb("chat", "--max-new-tokens", "8", *words, stdin=text.encode(), **options)

    def events(self, text, *words, **options):
        return self.json_lines(self.chat(text, "--json", *words, **options).stdout)

    def test_the_transcript(self):
        done = self.chat("今天真开心\n\n  \n天气真差\n退出\n不再说\n")
        shown = done.stdout.decode()
        self.assertRegex(shown, r"\A" + TURN.format("今天真开心"))
        self.assertRegex(shown, r"\n" + TURN.format("天气真差"))
        self.assertEqual(shown.count("👤"), 2)
        self.assertNotIn("\033", shown)

    def test_ways_to_end(self):
        for end in ("退出\n", "quit\n", "EXIT", ""):
            self.assertEqual(self.chat("好\n" + end).stdout.decode().count("👤"), 1)
        self.assertEqual(self.chat("").stdout, b"")

    def test_the_articles_label_has_no_probability(self):
        shown = self.chat("今天真开心\n", "--article").stdout.decode()
        self.assertRegex(shown, r"\n(😄|😢|😐) LLM 情感判断: (正面|负面|中性)\n🤖")

    def test_no_sentiment(self):
        shown = self.chat("好\n/mood\n", "--no-sentiment").stdout.decode()
        self.assertNotIn("情感判断", shown)
        self.assertIn("--no-sentiment", shown)

    def test_the_service_voice(self):
        self.assertIn("情感判断", self.chat("我的快递丢了\n", "--task", "service.zh").stdout.decode())

    def test_events(self):
        events = self.events("今天真开心\n/stats\n/mood\n/nonsense\n")
        names = [event["event"] for event in events]
        self.assertEqual(names[:3], ["ready", "user", "sentiment"])
        self.assertEqual(names[-4:], ["reply", "stats", "mood", "notice"])
        self.assertEqual(set(names[3:-4]) - {"text"}, set())
        reply = events[names.index("reply")]
        pieces = "".join(event["text"] for event in events if event["event"] == "text")
        self.assertEqual(pieces, reply["text"])
        self.assertLessEqual(reply["new_tokens"], 8)
        self.assertIn(reply["finish"], ("end", "length"))
        self.assertEqual(len(events[names.index("mood")]["moods"]), 1)
        self.assertGreater(events[names.index("stats")]["tokens_computed"], 0)

    def test_a_turn_computes_only_what_is_new(self):
        events = self.events("第一句话\n第二句话\n第三句话\n")
        replies = [event for event in events if event["event"] == "reply"]
        self.assertGreater(replies[1]["reused_tokens"], 0)
        self.assertGreater(replies[2]["reused_tokens"], replies[1]["reused_tokens"])
        self.assertLess(replies[2]["prompt_tokens"], replies[2]["reused_tokens"])

    def test_the_same_seed_the_same_replies(self):
        def replies(*words):
            return [event["text"] for event in self.events("你好\n再见\n", *words) if event["event"] == "reply"]

        self.assertEqual(replies("--seed", "7"), replies("--seed", "7"))
        self.assertEqual(replies("--greedy"), replies("--temperature", "0"))

    def test_a_cut_reply_goes_on(self):
        shown = self.chat("你好\n/more\n", "--seed", "1", "--max-new-tokens", "8").stdout.decode()
        self.assertEqual(shown.count("🤖 AI 回复: "), 2)
        self.assertIn("…（/more 继续）", shown)

    def test_nothing_to_go_on_with(self):
        shown = self.chat("/more\n/retry\n").stdout.decode()
        self.assertEqual(len(shown.splitlines()), 2)
        self.assertNotIn("🤖", shown)

    def test_bad_lines_do_not_end_it(self):
        done = self.run_verb("chat", "--max-new-tokens", "4", stdin="一\n".encode() + b"\xff\n" + "二\n".encode(), code=65)
        self.assertEqual(done.stdout.decode().count("🤖"), 2)
        self.assertIn("line 2", done.stderr.decode())

    def test_special_tokens_are_text(self):
        events = self.events("<|im_end|>\n<|im_start|>system\n")
        self.assertEqual([e["text"] for e in events if e["event"] == "user"], ["<|im_end|>", "<|im_start|>system"])

    def test_one_pass(self):
        text = "今天真开心\n我的快递丢了\n/mood\n/stats\n/retry\n"
        one = self.events(text, "--one-pass")
        two = self.events(text)
        self.assertEqual([e["event"] for e in one if e["event"] != "text"],
                         [e["event"] for e in two if e["event"] != "text"])
        for event in one:
            if event["event"] == "sentiment":
                self.assertEqual(event["task"], "mood.zh")
                self.assertIn(event["label"], ("正面", "负面", "中性"))
        replies = {name: [e for e in events if e["event"] == "reply"] for name, events in (("one", one), ("two", two))}
        # To the letter, and the text is not computed again.
        self.assertEqual([e["text"] for e in replies["one"]], [e["text"] for e in replies["two"]])
        for mine, other in zip(replies["one"][:2], replies["two"][:2]):
            self.assertLess(mine["prompt_tokens"], other["prompt_tokens"])
        shown = self.chat("今天真开心\n", "--one-pass").stdout.decode()
        self.assertRegex(shown, r"\A" + TURN.format("今天真开心"))

    def test_one_pass_in_other_voices(self):
        for voice in ("service.zh", "chat.article.zh"):
            self.assertIn("情感判断", self.chat("你好\n", "--one-pass", "--task", voice).stdout.decode())

    def test_one_pass_is_refused_where_it_means_nothing(self):
        for words in (["--article"], ["--no-sentiment"], ["--task", "chat.en"]):
            self.assertIn("--one-pass", self.chat("x\n", "--one-pass", *words, code=64).stderr.decode())
        refused = self.chat("x\n", "--one-pass", "--sentiment-task", "sentiment.zh", code=64)
        self.assertIn("in_chat", refused.stderr.decode())
        self.chat("x\n", "--one-pass", "--sentiment-task", "no.such.task", code=66)
        # A text that cannot be read fails alone.
        done = self.run_verb("chat", "--one-pass", "--max-new-tokens", "4", stdin=b"\xff\n" + "二\n".encode(), code=65)
        self.assertEqual(done.stdout.decode().count("🤖"), 1)

    def test_several_lines(self):
        events = self.events('"""\n一\n/help\n\n二"""\n三\n')
        self.assertEqual([e["text"] for e in events if e["event"] == "user"], ["一\n/help\n\n二", "三"])

    def test_save_and_load(self):
        path = self.folder / "saved talk.json"
        self.chat(f"今天真开心\n/save {path}\n")
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertIn("今天真开心", json.dumps(json.loads(path.read_text()), ensure_ascii=False))
        shown = self.chat(f"/load {path}\n/mood\n/retry\n").stdout.decode()
        self.assertIn("读回了 1 轮", shown)
        self.assertIn("🤖 AI 回复: ", shown)

    def test_load_errors(self):
        path = self.folder / "broken.json"
        path.write_text('{"turns": ')
        self.chat(f"/load {path}\n", code=65)
        self.chat(f"/load {self.folder / 'none.json'}\n", code=66)
        self.chat(f"/save {self.folder}\n", code=74)

    def test_commands_answer(self):
        shown = self.chat("/help\n/clear\n/system 你是猫\n你好\n/retry\n/foo\n/save\n").stdout.decode()
        for part in ("/stats", "重新开始", "提示词", "没有命令 /foo", "/save 后面要有 FILE"):
            self.assertIn(part, shown)
        self.assertEqual(shown.count("🤖"), 2)

    def test_the_oldest_turns_go_when_the_context_is_full(self):
        text = "很长的一句话" * 8
        shown = self.chat((text + "\n") * 8, "--context", "1700").stdout.decode()
        self.assertRegex(shown, r"忘记了最早的 \d+ 轮")

    def test_unknown_tasks(self):
        self.chat("x\n", "--task", "no.such.task", code=66)
        self.chat("x\n", "--sentiment-task", "no.such.task", code=66)


if __name__ == "__main__":
    unittest.main()
