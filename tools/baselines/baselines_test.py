"""The figures of tools/baselines.py, without yixin and without the other ways."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import baselines


class FiguresTest(unittest.TestCase):
    def test_macro_f1(self):
        self.assertEqual(baselines.macro_f1(["a", "b"], ["a", "b"]), 1)
        # a: one of two found, none wrong: 2/3. b: found, and one too many: 2/3.
        self.assertAlmostEqual(baselines.macro_f1(["a", "a", "b"], ["a", "b", "b"]), 2 / 3)
        self.assertEqual(baselines.macro_f1(["a", "a"], ["b", "b"]), 0)

    def test_the_interval_holds_the_share_and_narrows(self):
        low, high = baselines.interval([True] * 80 + [False] * 20)
        self.assertTrue(0.70 < low < 0.8 < high < 0.89, (low, high))
        closer_low, closer_high = baselines.interval([True] * 800 + [False] * 200, resamples=400)
        self.assertLess(closer_high - closer_low, (high - low) / 2)

    def test_judge_wants_an_answer_for_every_row(self):
        answer = {"labels": ["正面", "负面"], "seconds": 4}
        one = baselines.judge("x", "y", answer, ["正面", "正面"])
        self.assertEqual((one["accuracy"], one["texts_per_s"]), (0.5, 0.5))
        with self.assertRaises(ValueError):
            baselines.judge("x", "y", answer, ["正面"])

    def test_the_table(self):
        row = {"name": "n", "taught": "t", "accuracy": 0.756, "interval": (0.7, 0.8), "macro_f1": 0.75, "texts_per_s": 1234.4}
        self.assertEqual(baselines.markdown([row]).splitlines()[2], "| n | t | 75.6 % | 70.0 to 80.0 | 0.750 | 1,234 |")


if __name__ == "__main__":
    unittest.main()
