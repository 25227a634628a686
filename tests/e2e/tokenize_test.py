"""yixin tokenize: a table, JSON, and lines of JSON through a pipe."""

import json
import subprocess
import unittest

import program


class TokenizeTest(program.ProgramTest):
    def jsonl(self, lines, *words, code=0):
        stdin = "\n".join(lines).encode("utf-8", "surrogatepass")
        return self.json_lines(self.run_verb("tokenize", "--jsonl", *words, "-", stdin=stdin, code=code).stdout)

    def test_table(self):
        shown = self.run_verb("tokenize", "hello\n").stdout.decode()
        self.assertRegex(shown, r'\A( +\d+  ".*"\n)+\d+ tokens\n\Z')
        self.assertIn('"\\n"', shown)

    def test_json(self):
        (line,) = self.json_lines(self.run_verb("tokenize", "--json", "hello 正面").stdout)
        self.assertEqual(line["text"], "hello 正面")
        self.assertEqual("".join(line["pieces"]), "hello 正面")
        self.assertEqual(len(line["ids"]), len(line["pieces"]))

    def test_special_tokens(self):
        (special,) = self.jsonl(['{"text": "<|im_end|>"}'])
        (plain,) = self.jsonl(['{"text": "<|im_end|>"}'], "--plain")
        self.assertEqual(len(special["ids"]), 1)
        self.assertGreater(len(plain["ids"]), 1)
        self.assertNotIn(special["ids"][0], plain["ids"])

    def test_a_line_in_a_line_out(self):
        texts = [f"第{i}行 \n hello\0" for i in range(5000)]
        lines = self.jsonl([json.dumps({"text": text}) for text in texts])
        self.assertEqual(len(lines), len(texts))
        self.assertTrue(all(list(line) == ["ids"] for line in lines))
        (alone,) = self.jsonl([json.dumps({"text": texts[4321]})])
        self.assertEqual(lines[4321], alone)

    def test_bad_lines(self):
        bad = ["", "{", "[1]", "1", "{}", '{"text": 1}', '{"text": "\\ud800"}', "[" * 100000]
        lines = self.jsonl(['{"text": "a"}', *bad, '{"text": "b"}'], code=65)
        self.assertEqual(len(lines), len(bad) + 2)
        self.assertIn("ids", lines[0])
        self.assertIn("ids", lines[-1])
        for number, line in enumerate(lines[1:-1], 2):
            self.assertEqual(line["line"], number)
            self.assertEqual(line["error"]["code"], "invalid_file")

    def test_each_answer_comes_at_once(self):
        with subprocess.Popen(
            [program.PROGRAM, "tokenize", "--model", self.model, "--jsonl", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self.environment(),
        ) as process:
            for _ in range(3):
                process.stdin.write(b'{"text": "hello"}\n')
                process.stdin.flush()
                self.assertIn(b"ids", process.stdout.readline())


if __name__ == "__main__":
    unittest.main()
