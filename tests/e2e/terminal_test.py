"""yixin chat on a terminal: editing, history, Ctrl-C, Ctrl-D, colours; also without any locale set."""

import json
import os
import stat
import unittest

import program

PROMPT = "👤 你说: "
LEFT, UP, HOME, END, BACKSPACE = "\033[D", "\033[A", "\033[H", "\033[F", "\x7f"


class TerminalTest(program.ProgramTest):
    def terminal(self, *words, columns=80, **env):
        words = ["chat", "--model", self.model, "--max-new-tokens", "8", *words]
        return program.Terminal(words, self.environment(**env), columns)

    def typed(self, keys, *words, **options):
        """What the conversation holds after the keys and Enter were typed."""
        path = self.folder / "typed.json"
        with self.terminal(*words, **options) as terminal:
            terminal.expect(PROMPT)
            terminal.send(keys + "\r")
            terminal.expect("AI 回复: ")
            terminal.expect(PROMPT)
            terminal.send(f"/save {path}\r")
            terminal.expect("存好了")
            terminal.send("退出\r")
            self.assertEqual(terminal.expect_exit(), 0)
        return json.loads(path.read_text())

    def assert_said(self, saved, text):
        self.assertIn(json.dumps(text, ensure_ascii=False), json.dumps(saved, ensure_ascii=False))

    def test_a_turn(self):
        with self.terminal() as terminal:
            terminal.expect("一心 Yixin")
            terminal.expect(PROMPT)
            terminal.send("今天真开心\r")
            terminal.expect("(😄|😢|😐) LLM 情感判断: ")
            terminal.expect("🤖 AI 回复: ")
            terminal.expect(PROMPT)
            terminal.send("退出\r")
            self.assertEqual(terminal.expect_exit(), 0)

    def test_chinese_is_edited_by_characters(self):
        # No locale (C), and C.UTF-8.
        for env in ({}, {"LANG": "C"}, {"LANG": "C.UTF-8"}):
            with self.subTest(env=env):
                keys = "你好世界" + BACKSPACE + LEFT + LEFT + "😄x" + HOME + "A" + END + "Z"
                self.assert_said(self.typed(keys, **env), "A你😄x好世Z")

    def test_emoji_sequences_arrive_whole(self):
        self.assert_said(self.typed("👨‍👩‍👧好❤️吗"), "👨‍👩‍👧好❤️吗")
        self.assert_said(self.typed("e\u0301" + BACKSPACE + BACKSPACE + "x"), "x")

    def test_a_line_wider_than_the_terminal(self):
        text = "一二三四五六七八九十" * 6
        self.assert_said(self.typed(text + HOME + "x", columns=30), "x" + text)

    def test_bytes_that_are_not_utf8_are_not_typed(self):
        with self.terminal() as terminal:
            terminal.expect(PROMPT)
            os.write(terminal.master, b"\xff\xfeok\r")
            terminal.expect("AI 回复: ")

    def test_history(self):
        history = self.folder / "state/yixin/history"
        history.unlink(missing_ok=True)
        self.typed("记住这一句")
        self.assertEqual(stat.S_IMODE(history.stat().st_mode), 0o600)
        # /save and 退出 came after it.
        self.assert_said(self.typed(UP + UP + UP), "记住这一句")

    def test_no_history(self):
        history = self.folder / "state/yixin/history"
        history.unlink(missing_ok=True)
        self.typed("不要记住", "--no-history")
        self.assertFalse(history.exists())

    def test_ctrl_d_leaves(self):
        with self.terminal() as terminal:
            terminal.expect(PROMPT)
            terminal.send("\x04")
            self.assertEqual(terminal.expect_exit(), 0)

    def test_what_is_typed_during_a_reply_waits_for_the_prompt(self):
        with self.terminal("--max-new-tokens", "400", "--repeat-penalty", "2") as terminal:
            terminal.expect(PROMPT)
            terminal.send("好\r")
            terminal.expect("情感判断")
            terminal.send("先打的字\r")
            terminal.expect(PROMPT + "先打的字")
            terminal.expect("情感判断")
            terminal.expect(PROMPT)
            self.assertEqual(terminal.seen.decode(errors="replace").count("先打的字"), 1)

    def test_ctrl_d_during_a_reply_leaves_after_it(self):
        with self.terminal("--max-new-tokens", "200") as terminal:
            terminal.expect(PROMPT)
            terminal.send("好\r")
            terminal.expect("情感判断")
            terminal.send("\x04")
            self.assertEqual(terminal.expect_exit(), 0)

    def test_ctrl_c_at_the_prompt_leaves(self):
        with self.terminal() as terminal:
            terminal.expect(PROMPT)
            terminal.send("半句")
            terminal.expect("半句")
            terminal.send("\x03")
            self.assertEqual(terminal.expect_exit(), 0)

    def test_ctrl_c_stops_the_reply_and_not_the_program(self):
        # Nonsense of some hundred tokens is over in a blink; where it ended before the key came, the key
        # has ended the program at its prompt, and there is another try.
        for seed in range(24, 44):
            with self.terminal("--seed", str(seed), "--temperature", "10", "--top-p", "1", "--max-new-tokens", "3000") as terminal:
                terminal.expect(PROMPT)
                terminal.send("说0\r")
                terminal.expect("AI 回复: (.|\r?\n)")
                terminal.send("\x03")
                if PROMPT in terminal.expect("(?s).*?(停下了|" + PROMPT + ")").group():
                    continue
                terminal.expect(PROMPT)
                terminal.send("/stats\r")
                terminal.expect("token: ")
                terminal.expect(PROMPT)
                terminal.send("\x04")
                self.assertEqual(terminal.expect_exit(), 0)
                return
        self.fail("no reply was stopped")

    def test_a_resized_terminal(self):
        with self.terminal() as terminal:
            terminal.expect(PROMPT)
            terminal.send("半句")
            terminal.expect("半句")
            terminal.resize(40)
            terminal.expect(PROMPT)  # the line is drawn again
            terminal.send("话\r")
            terminal.expect("AI 回复: ")

    def test_colours(self):
        def shown(**env):
            with self.terminal("--no-history", **env) as terminal:
                terminal.expect(PROMPT)
                terminal.send("好\r")
                terminal.expect("AI 回复: ")
                terminal.send("退出\r")
                terminal.expect_exit()
                return terminal.seen.decode()

        self.assertRegex(shown(), r"情感判断: \033\[3\dm")
        self.assertNotRegex(shown(NO_COLOR="1"), r"\033\[3?\d?m(正|负|中)")

    def test_a_terminal_that_cannot_move_its_cursor(self):
        for term in ("dumb", None):
            with self.terminal(TERM=term) as terminal:
                terminal.expect(PROMPT)
                terminal.send("好\r")
                terminal.expect("AI 回复: ")
                terminal.expect(PROMPT)
                terminal.send("\x04")
                self.assertEqual(terminal.expect_exit(), 0)
                self.assertNotIn(b"\033", terminal.seen)


if __name__ == "__main__":
    unittest.main()
