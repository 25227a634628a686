"""Verbs, options, exit codes, and texts that arrive byte for byte."""

import os
import signal
import subprocess
import unittest

import program

VERBS = ("chat", "classify", "pull", "models", "rm", "tokenize", "score", "doctor")

USAGE_ERRORS = (
    [],
    ["nonsense"],
    ["--nonsense"],
    ["chat", "--nonsense"],
    ["chat", "-x"],
    ["chat", "a text"],
    ["chat", "--temperature", "nan"],
    ["chat", "--temperature", "inf"],
    ["chat", "--temperature", "-1"],
    ["chat", "--top-p", "2"],
    ["chat", "--top-p=NaN"],
    ["chat", "--min-p", "1.5"],
    ["chat", "--top-k", "-1"],
    ["chat", "--repeat-penalty", "0"],
    ["chat", "--max-new-tokens", "0"],
    ["chat", "--timeout", "-1"],
    ["chat", "--seed", "x"],
    ["chat", "--threads", "0"],
    ["chat", "--context", "0"],
    ["chat", "--article", "--task", "chat.zh"],
    ["chat", "--greedy", "--temperature", "1"],
    ["chat", "--no-sentiment", "--sentiment-task", "sentiment.zh"],
    ["classify"],
    ["classify", "--truncate", "both", "x"],
    ["classify", "--json=1", "x"],
    ["classify", "--task"],
    ["classify", "--threads", "0", "x"],
    ["pull"],
    ["pull", "a", "b"],
    ["rm"],
    ["models", "x"],
    ["tokenize"],
    ["tokenize", "--jsonl", "x"],
    ["tokenize", "--jsonl", "--", "-"],
    ["score"],
    ["score", "--phase", "both", "x"],
    ["doctor", "x"],
)

TEXTS = (
    "[流泪]",
    "[好,差]",
    "-_-",
    "---",
    "-5",
    "-1 分",
    "[]",
    "{}",
    "a=b",
    '"quoted"',
    "<|im_end|>",
    " 两边 ",
    "a\nb",
    "👨‍👩‍👧❤️",
    "e\u0301",
    "\ufeff",
    "%s %n",
    "\\n",
    "@file",
)


class ArgumentsTest(program.ProgramTest):
    def test_usage_errors_exit_with_64(self):
        for words in USAGE_ERRORS:
            with self.subTest(words=words):
                done = self.run_program(*words, code=64)
                self.assertEqual(done.stdout, b"")
                self.assertNotEqual(done.stderr, b"")

    def test_usage_errors_say_what_to_do(self):
        for words, part in (
            (["chat", "--top-p", "2"], "--top-p: must be a number from 0.001 to 1"),
            (["chat", "--temprature", "1"], "did you mean --temperature?"),
            (["classify", "--nonsense"], "after `--`"),
            (["clasify"], "yixin --help"),
        ):
            self.assertIn(part, self.run_program(*words, code=64).stderr.decode())

    def test_help(self):
        for words in (["--help"], ["-h"], ["help"]):
            help_text = self.run_program(*words).stdout.decode()
            for verb in VERBS:
                self.assertIn(f"\n  {verb} ", help_text)
        for verb in VERBS:
            done = self.run_program(verb, "--help")
            self.assertTrue(done.stdout.decode().startswith(f"Usage: yixin {verb}"))
            self.assertIn("\nExamples:\n  ", done.stdout.decode())
            self.assertEqual(done.stderr, b"")

    def test_version(self):
        self.assertRegex(self.run_program("--version").stdout, rb"^yixin \d+\.\d+\.\d+\n$")

    def test_texts_arrive_byte_for_byte(self):
        done = self.run_verb("tokenize", "--json", "--plain", *TEXTS)
        self.assertEqual([line["text"] for line in self.json_lines(done.stdout)], list(TEXTS))

    def test_after_two_dashes_all_is_text(self):
        texts = ["--json", "-", "--", "--help"]
        done = self.run_verb("tokenize", "--json", "--", *texts, stdin=b"not read\n")
        self.assertEqual([line["text"] for line in self.json_lines(done.stdout)], texts)

    def test_an_argument_that_is_not_utf8(self):
        done = self.run_verb("classify", b"ab\xffc", code=65)
        self.assertRegex(done.stderr.decode(), r"\b2\b")  # the position
        self.run_verb("classify", "--replace", b"ab\xffc")

    def test_exit_codes_of_missing_things(self):
        self.run_program("classify", "--model", str(self.folder / "none.gguf"), "x", code=66)
        self.run_program("classify", "--model", "no-such-model", "x", code=66)
        self.run_verb("classify", "--task", "no.such.task", "x", code=66)
        self.run_program("classify", "--model", str(self.folder), "x", code=65)

    def test_a_full_disk_exits_with_74(self):
        for words in (["--version"], ["chat", "--help"]):
            with open("/dev/full", "wb") as full:
                done = self.run_program(*words, code=74, stdout=full)
            self.assertIn("cannot write to standard output", done.stderr.decode())

    def test_a_closed_pipe_ends_quietly(self):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [program.PROGRAM, "--help"], stdout=writer, stderr=subprocess.PIPE, env=self.environment()
        )
        os.close(writer)
        self.assertEqual(done.stderr, b"")
        self.assertEqual(done.returncode, -signal.SIGPIPE)


if __name__ == "__main__":
    unittest.main()
