"""share/data is what its README says: counts, no row twice, none that figures are published on."""

import collections
import json
import pathlib
import unittest

from everyday_test import pairs_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "share" / "data"


def read(path):
    text = path.read_bytes().decode("utf-8")
    assert text.endswith("\n") and "\r" not in text
    return [json.loads(line) for line in text.splitlines()]


class TeachingRowsTest(unittest.TestCase):
    def test_counts(self):
        def counts(name):
            return collections.Counter(row["label"] for row in read(DATA / name))

        self.assertEqual(counts("reviews.zh.jsonl"), {"正面": 300, "负面": 300})
        self.assertEqual(counts("everyday.zh.jsonl"), {"正面": 84, "负面": 89, "中性": 127})

    def test_rows_have_two_keys_and_no_text_is_there_twice(self):
        rows = read(DATA / "reviews.zh.jsonl") + read(DATA / "everyday.zh.jsonl")
        for row in rows:
            self.assertEqual(list(row), ["text", "label"])
            self.assertEqual(row["text"], row["text"].strip())
        self.assertEqual(len({row["text"] for row in rows}), len(rows))

    def test_nothing_that_is_judged_on_is_learned_from(self):
        judged = {row["text"] for row in read(ROOT / "tests" / "data" / "reviews.zh.jsonl")}
        for row in read(DATA / "reviews.zh.jsonl"):
            self.assertNotIn(row["text"], judged)
        everyday = [pairs_of(row["text"]) for row in read(ROOT / "share" / "eval" / "everyday.zh.jsonl")]
        for row in read(DATA / "everyday.zh.jsonl"):
            own = pairs_of(row["text"])
            for other in everyday:
                self.assertLess(len(own & other), 0.3 * max(1, len(own | other)), row["text"])


if __name__ == "__main__":
    unittest.main()
