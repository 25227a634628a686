"""share/eval/everyday.zh.jsonl is what its README says: counts by kind, label and split, no row twice or nearly so."""

import collections
import json
import pathlib
import unicodedata
import unittest

FILE = pathlib.Path(__file__).resolve().parents[2] / "share" / "eval" / "everyday.zh.jsonl"
# kind -> rows by label.
KINDS = {
    "obvious": {"正面": 30, "负面": 30},
    "negation": {"正面": 16, "负面": 14},
    "neutral_statement": {"中性": 30},
    "neutral_question": {"中性": 30},
    "mixed_language": {"正面": 8, "负面": 8, "中性": 4},
    "emoji": {"正面": 8, "负面": 8, "中性": 4},
    "traditional": {"正面": 8, "负面": 8, "中性": 4},
    "mixed": {"中性": 16},
    "sarcasm": {"负面": 12, "正面": 2},
}


def read_rows():
    def no_twins(pairs):
        keys = [key for key, _ in pairs]
        assert keys == ["text", "label", "kind", "split"], keys
        return dict(pairs)

    text = FILE.read_bytes().decode("utf-8")
    assert text.endswith("\n") and "\r" not in text
    return [json.loads(line, object_pairs_hook=no_twins) for line in text.splitlines()]


def pairs_of(text):
    """Pairs of neighbours among the letters and ideographs, which near copies share."""
    letters = [c for c in text.lower() if unicodedata.category(c)[0] in "LN"]
    return set(zip(letters, letters[1:]))


class EverydayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = read_rows()

    def test_kinds_and_labels(self):
        counts = collections.Counter((row["kind"], row["label"]) for row in self.rows)
        expected = {(kind, label): n for kind, labels in KINDS.items() for label, n in labels.items()}
        self.assertEqual(counts, expected)
        self.assertEqual(len(self.rows), 240)

    def test_halves(self):
        """Each split has half of every kind, and of every label within it."""
        counts = collections.Counter((row["kind"], row["label"], row["split"]) for row in self.rows)
        for kind, labels in KINDS.items():
            for label, n in labels.items():
                for split in ("choose", "report"):
                    self.assertEqual(counts[kind, label, split], n // 2, (kind, label, split))

    def test_no_row_twice_or_nearly_so(self):
        pairs = [(row["text"], pairs_of(row["text"])) for row in self.rows]
        for i, (text, own) in enumerate(pairs):
            for other, theirs in pairs[:i]:
                self.assertNotEqual(text, other)
                self.assertLess(len(own & theirs), 0.5 * max(1, len(own | theirs)), (text, other))

    def test_kinds_are_what_they_say(self):
        def has(text, category):
            return any(unicodedata.category(c) == category for c in text)

        for row in self.rows:
            text, kind = row["text"], row["kind"]
            self.assertEqual(text, text.strip())
            self.assertTrue(2 <= len(text) <= 60, text)
            if kind == "emoji":
                self.assertTrue(has(text, "So"), text)
            if kind == "mixed_language":
                self.assertGreaterEqual(sum(c.isascii() and c.isalnum() for c in text), 2, text)
            if kind == "neutral_question":
                self.assertTrue(text.endswith("？"), text)
            if kind == "traditional":
                # GB 2312 is simplified: one character at least is not in it.
                with self.assertRaises(UnicodeEncodeError, msg=text):
                    text.encode("gb2312")


if __name__ == "__main__":
    unittest.main()
