"""yixin score on a tiny model: both ways of computing agree, and golden data is compared."""

import json
import unittest

import program


class ScoreTest(program.ProgramTest):
    def setUp(self):
        self.text = self.folder / "text.txt"
        self.text.write_text("今天天气很好。hello in the system\n" * 6)

    def score(self, *words):
        (report,) = self.json_lines(self.run_verb("score", "--json", *words, str(self.text)).stdout)
        return report

    def test_both_phases_agree(self):
        prefill = self.score()
        decode = self.score("--phase", "decode")
        self.assertEqual(prefill["phase"], "prefill")
        self.assertEqual(prefill["tokens"], decode["tokens"])
        self.assertGreater(prefill["mean_nll"], 0)
        self.assertAlmostEqual(prefill["mean_nll"], decode["mean_nll"], places=3)
        self.assertIsNone(prefill["mean_kl"])

    def test_people_see_the_number(self):
        self.assertRegex(self.run_verb("score", str(self.text)).stdout.decode(), r"\Amean_nll +\d+\.\d+\n")

    def test_errors(self):
        self.run_verb("score", str(self.folder / "none.txt"), code=66)
        self.run_verb("score", str(self.folder), code=65)
        self.run_verb("score", "--golden", str(self.folder / "none.json"), str(self.text), code=66)
        golden = self.folder / "bad.json"
        golden.write_text(json.dumps({"text": 1}))
        self.run_verb("score", "--golden", str(golden), str(self.text), code=65)


if __name__ == "__main__":
    unittest.main()
