"""measure.py says every text behind every history, and counts what is right."""

import contextlib
import io
import json
import pathlib
import stat
import sys
import tempfile
import unittest
from unittest import mock

import measure

# Stands for yixin: everything is glad, quickly so in one pass. Notes what it was told.
FAKE = """#!{python}
import json, sys
with open({log!r}, "a") as log:
    print(json.dumps(sys.argv[1:]), file=log)
for line in sys.stdin.read().splitlines():
    if line.startswith("/load "):
        assert json.load(open(line[6:]))["turns"]
    if line.startswith("/"):
        continue
    probs = {{"正面": 0.5, "负面": 0.4, "中性": 0.1}} if "晴" in line else {{"正面": 0.2, "负面": 0.3, "中性": 0.5}}
    label = max(probs, key=probs.get)
    ms = 1 if "--one-pass" in sys.argv else 10
    if "丢" not in line or "--lose" not in {log!r}:
        print(json.dumps({{"event": "sentiment", "label": label, "probs": probs, "ms": ms}}))
    print(json.dumps({{"event": "reply", "prefill_ms": 5, "prompt_tokens": 7}}))
"""


class MeasureTest(unittest.TestCase):
    def measure(self, name, rows, *words):
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder)
            self.log = place / name
            program = place / "yixin"
            program.write_text(FAKE.format(python=sys.executable, log=str(self.log)))
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
            data = place / "rows.jsonl"
            data.write_text("".join(json.dumps(row) + "\n" for row in rows))
            shown = io.StringIO()
            with mock.patch.object(sys, "argv", ["measure.py", str(program), str(data), "-m", "x", *words]):
                with contextlib.redirect_stdout(shown):
                    measure.main()
            self.runs = [json.loads(line) for line in self.log.read_text().splitlines()]
        return shown.getvalue().splitlines()

    ROWS = [
        {"text": "晴\n天", "label": "正面", "split": "a"},
        {"text": "雨天", "label": "负面", "split": "a"},
        {"text": "星期三", "label": "中性", "split": "a"},
        {"text": "丢了", "label": "负面", "split": "b"},
    ]

    def test_what_it_counts(self):
        lines = self.measure("log", self.ROWS, "--split", "a")
        self.assertEqual(len(lines), 8)
        self.assertEqual([line.split()[0] for line in lines[::2]], ["none", "glad", "sad", "plain"])
        self.assertIn("one pass     right  66.7 %  of two 100.0 %  label    1.0 ms  first token    6.0 ms", lines[0])
        self.assertIn("two prompts  right  66.7 %  of two 100.0 %  label   10.0 ms  first token   15.0 ms", lines[1])
        self.assertEqual(["--one-pass" in run for run in self.runs], [True, False] * 4)

    def test_one_way_and_another_task(self):
        lines = self.measure("log", self.ROWS, "--only", "one pass", "--one-pass-task", "my.toml")
        self.assertEqual(len(lines), 4)
        self.assertIn("my.toml", self.runs[0])
        self.assertIn("right  50.0 %", lines[0])

    def test_a_label_that_is_missing_ends_it(self):
        with self.assertRaisesRegex(SystemExit, "4 texts had 3 labels and 4 replies"):
            self.measure("--lose", self.ROWS)


if __name__ == "__main__":
    unittest.main()
