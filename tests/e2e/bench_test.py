"""yixin bench on a tiny model: every row runs, the JSON has its shape, wrong options are refused."""

import unittest

import program

STATISTICS = {"median", "low", "high", "spread", "samples"}


class BenchTest(program.ProgramTest):
    def bench(self, *words):
        done = self.run_verb("bench", "--quick", "--threads", "1", "--json", *words)
        (report,) = self.json_lines(done.stdout)
        return report

    def test_every_row_runs(self):
        report = self.bench("--rounds", "2")
        self.assertEqual(report["rounds"], 2)
        self.assertTrue(report["quick"])
        self.assertEqual(report["threads"], 1)
        names = [row["name"] for row in report["rows"]]
        self.assertEqual(
            names,
            ["prefill.64", "prefill.512", "prefill.2048", "decode.1", "decode.4", "decode.8", "decode.16"]
            + ["labels.1", "labels.256", "start", "memory"],
        )
        for row in report["rows"]:
            self.assertLessEqual(STATISTICS, row.keys())
            self.assertEqual(len(row["samples"]), 2)
            self.assertGreater(row["low"], 0, row)
            self.assertLessEqual(row["low"], row["median"])
            self.assertLessEqual(row["median"], row["high"])
        self.assertGreater(report["machine"]["all_bytes_per_s"]["median"], 0)
        decode = next(row for row in report["rows"] if row["name"] == "decode.1")
        self.assertGreater(decode["bandwidth_share"], 0)

    def test_context_rows_that_fit_run_when_asked(self):
        report = self.bench("--only", "context-prefill,context-decode")
        names = [row["name"] for row in report["rows"]]
        self.assertEqual(
            names, ["context-prefill.512", "context-prefill.2048", "context-decode.512", "context-decode.2048"]
        )

    def test_forced_kernels(self):
        report = self.bench("--only", "prefill.64,start", "--kernels", "reference")
        self.assertEqual(report["kernels"], "reference")
        self.assertIsNone(report["rows"][0]["arithmetic_share"])
        self.run_verb("bench", "--kernels", "none", code=64)

    def test_own_texts(self):
        texts = self.folder / "texts.txt"
        texts.write_text("今天很好\n\n不好\nhello\n")
        report = self.bench("--only", "labels", "--texts", str(texts))
        self.assertEqual(len(report["rows"]), 2)
        texts.write_text("\n\n")
        self.run_verb("bench", "--texts", str(texts), code=65)
        self.run_verb("bench", "--texts", str(self.folder / "none.txt"), code=66)

    def test_people_see_a_table(self):
        shown = self.run_verb("bench", "--quick", "--only", "decode.1,memory").stdout.decode()
        self.assertRegex(shown, r"(?m)^decode\.1 +[\d.]+ tok/s")
        self.assertRegex(shown, r"(?m)^memory +[\d.]+ MB")
        self.assertRegex(shown, r"(?m)^memory read, all +[\d.]+ GB/s")

    def test_wrong_options(self):
        self.run_verb("bench", "--only", "nothing", code=64)
        self.run_verb("bench", "--rounds", "0", code=64)
        self.run_verb("bench", "a text", code=64)


if __name__ == "__main__":
    unittest.main()
