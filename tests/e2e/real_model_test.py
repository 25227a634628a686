"""What must be true of the program with real weights (YIXIN_TEST_QWEN_GGUF; without it these fail)."""

import os
import unittest

import program

GLAD = "今天的实验终于成功了，太棒了！"
SAD = "今天天气真差，心情糟透了。"


class RealModelTest(program.ProgramTest):
    def setUp(self):
        self.model = os.environ["YIXIN_TEST_QWEN_GGUF"]

    def test_the_mission(self):
        for words in ([], ["--article"], ["--one-pass"]):
            with self.subTest(words=words):
                done = self.run_verb(
                    "chat", "--seed", "1", "--timeout", "60", *words, stdin=f"{GLAD}\n{SAD}\n退出\n".encode()
                )
                shown = done.stdout.decode()
                self.assertRegex(shown, f"\\A👤 你说: {GLAD}\n😄 LLM 情感判断: 正面")
                self.assertRegex(shown, f"\n👤 你说: {SAD}\n😢 LLM 情感判断: 负面")
                replies = [part.split("\n👤")[0] for part in shown.split("🤖 AI 回复: ")[1:]]
                self.assertEqual(len(replies), 2)
                for reply in replies:
                    # A few Chinese words at least.
                    self.assertGreater(sum("\u4e00" <= c <= "\u9fff" for c in reply), 3, reply)

    def test_labels_and_probabilities(self):
        glad, sad = self.json_lines(self.run_verb("classify", "--json", GLAD, SAD).stdout)
        self.assertEqual((glad["label"], sad["label"]), ("正面", "负面"))
        self.assertGreater(glad["probs"]["正面"], 0.5)
        self.assertGreater(sad["probs"]["负面"], 0.5)

    def test_texts_that_the_prompt_has_shown(self):
        rows = self.json_lines(self.run_verb("classify", "--json", "网速太慢。", "房间又小又吵", "菜很新鲜。", "图书馆几点开门？").stdout)
        self.assertEqual([row["label"] for row in rows], ["负面", "负面", "正面", "中性"])

    def test_other_tasks_on_obvious_sentences(self):
        for task, said in (
            ("intent.zh", {"可以货到付款吗": "咨询", "客服说话阴阳怪气的": "投诉", "司机师傅帮我妈提行李，太感谢了": "表扬", "我姓张": "其他"}),
            ("urgency.zh", {"地铁站里有人心脏病发作": "紧急", "想预约周六下午看房": "一般", "建议把字体调大一点": "不急"}),
            ("sentiment.en", {"So proud of my team today!": "positive", "The bus leaves at nine.": "neutral",
                              "My flight was cancelled and nobody told us.": "negative"}),
        ):  # fmt: skip
            rows = self.json_lines(self.run_verb("classify", "--json", "--task", task, "--", *said).stdout)
            self.assertEqual([row["label"] for row in rows], list(said.values()), task)

    def test_ctrl_c_stops_the_reply_and_not_the_program(self):
        words = ["chat", "--model", self.model, "--timeout", "0", "--max-new-tokens", "1000"]
        with program.Terminal(words, self.environment()) as terminal:
            terminal.expect("👤 你说: ")
            terminal.send("请写一篇关于春天的长文章\r")
            terminal.expect("AI 回复: .")
            terminal.send("\x03")
            terminal.expect("停下了")
            terminal.expect("👤 你说: ")
            terminal.send("\x04")
            self.assertEqual(terminal.expect_exit(), 0)


if __name__ == "__main__":
    unittest.main()
