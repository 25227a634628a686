"""yixin demo: the labels are those of classify, with and without a terminal."""

import json
import unittest

import program

REVIEWS = (program.ROOT / "share" / "demo" / "reviews.zh.txt").read_text(encoding="utf-8").splitlines()


class DemoTest(program.ProgramTest):
    def test_twenty_reviews(self):
        self.assertEqual(len(REVIEWS), 20)
        self.assertEqual(len(set(REVIEWS)), 20)
        elsewhere = "".join(
            path.read_text(encoding="utf-8") for name in ("data", "eval") for path in (program.ROOT / "share" / name).glob("*.jsonl")
        )
        for review in REVIEWS:
            self.assertNotIn(review, elsewhere, "what teaches or judges shows nothing here")

    def test_the_labels_are_those_of_classify(self):
        (demo,) = self.json_lines(self.run_verb("demo", "--json").stdout)
        said = self.json_lines(self.run_verb("classify", "--json", "--", *REVIEWS).stdout)
        self.assertEqual([row["text"] for row in demo["reviews"]], REVIEWS)
        self.assertEqual([(row["label"], row["probs"]) for row in demo["reviews"]], [(row["label"], row["probs"]) for row in said])
        self.assertEqual(sum(demo["counts"].values()), 20)
        self.assertGreater(demo["labels_per_s"], 0)

    def test_what_a_person_sees(self):
        shown = self.run_verb("demo").stdout.decode()
        for review in REVIEWS:
            self.assertIn(review, shown)
        self.assertIn("labels a second on this computer", shown)
        self.assertNotIn("\x1b", shown, "no colours without a terminal")

    def test_what_is_refused(self):
        self.run_verb("demo", "text", code=64)
        done = self.run_program("demo", "--model", "none", code=66)
        self.assertEqual(done.stdout, b"")


if __name__ == "__main__":
    unittest.main()
