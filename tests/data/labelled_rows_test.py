"""share/eval's sets for the other shipped tasks: labels of the task, halves of every label, no row twice, none of the task's examples."""

import collections
import json
import pathlib
import tomllib
import unittest

from everyday_test import pairs_of

SHARE = pathlib.Path(__file__).resolve().parents[2] / "share"
# file -> task, rows of each label, kinds
SETS = {
    "intent.zh.jsonl": ("intent.zh", 24, {"plain", "tricky"}),
    "urgency.zh.jsonl": ("urgency.zh", 28, {"plain", "tricky"}),
    "everyday.en.jsonl": ("sentiment.en", 24, {"plain", "tricky", "negation", "question"}),
}


class LabelledRowsTest(unittest.TestCase):
    def test_each_set(self):
        for name, (task_name, each, kinds) in SETS.items():
            with self.subTest(name):
                text = (SHARE / "eval" / name).read_bytes().decode("utf-8")
                self.assertTrue(text.endswith("\n") and "\r" not in text)
                rows = [json.loads(line) for line in text.splitlines()]
                task = tomllib.loads((SHARE / "tasks" / f"{task_name}.toml").read_text(encoding="utf-8"))
                labels = {label["name"] for label in task["labels"]}
                counts = collections.Counter((row["label"], row["split"]) for row in rows)
                self.assertEqual(counts, {(label, split): each // 2 for label in labels for split in ("choose", "report")})
                self.assertEqual({row["kind"] for row in rows}, kinds)
                for row in rows:
                    self.assertEqual(list(row), ["text", "label", "kind", "split"])
                    self.assertEqual(row["text"], row["text"].strip())
                    self.assertTrue(2 <= len(row["text"]) <= 80, row["text"])
                shown = [(example["text"], pairs_of(example["text"])) for example in task["examples"]]
                texts = [(row["text"], pairs_of(row["text"])) for row in rows]
                for i, (text, own) in enumerate(texts):
                    for other, theirs in texts[:i] + shown:
                        self.assertNotEqual(text, other)
                        self.assertLess(len(own & theirs), 0.5 * max(1, len(own | theirs)), (text, other))


if __name__ == "__main__":
    unittest.main()
