"""The rest of tools/peers without peers: rounds, texts, quality, the other parsers, the page."""

import json
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import install
import plan
import prompts
import quality
import report
import rounds
import serving
import transformers_peer
import yixin_peer


class RoundsTest(unittest.TestCase):
    def test_medians_spreads_ratios(self):
        samples = rounds.Samples()
        for mine, theirs in ((10, 5), (30, 4), (20, 6)):
            samples.add("a", {"x": mine})
            samples.add("b", {"x": theirs, "y": 1})
        self.assertEqual(samples.median("a", "x"), 20)
        self.assertEqual(samples.spread("a", "x"), 1.0)
        self.assertEqual(samples.ratio("x", "a", "b"), 4)
        self.assertEqual(samples.ratio("x", "a", "b", "y"), 20)
        self.assertIsNone(samples.ratio("y", "a", "b"))
        self.assertIsNone(samples.median("c", "x"))
        self.assertEqual(samples.best(["b", "a", "c"], "x"), "a")
        self.assertIsNone(samples.best(["c"], "x"))

    def test_a_later_run_replaces_the_rows_that_it_measures(self):
        samples = rounds.Samples({"a": {"x": [1, 2, 3], "y": [4]}})
        samples.add("a", {"x": 10})
        samples.add("a", {"x": 30})
        samples.add("b", {"x": 5})
        self.assertEqual(samples.values, {"a": {"x": [10, 30], "y": [4]}, "b": {"x": [5]}})

    def test_each_round_begins_with_another(self):
        peers = ["a", "b", "c"]
        orders = [rounds.order_of(peers, n) for n in range(4)]
        self.assertEqual([order[0] for order in orders], ["a", "b", "c", "a"])
        self.assertTrue(all(sorted(order) == peers for order in orders))
        self.assertEqual(rounds.order_of([], 3), [])

    def test_a_failure_is_noted_and_the_rest_goes_on(self):
        samples = rounds.Samples()
        runner = rounds.Runner(samples, lambda words: None)

        def broken():
            raise ValueError("no such file")

        runner.run_group("g", {"a": broken, "b": lambda: {"x": 1}})
        self.assertEqual(runner.failures, [{"peer": "a", "group": "g", "why": "no such file"}])
        self.assertEqual(samples.get("b", "x"), [1])


class PromptsTest(unittest.TestCase):
    def test_texts_are_distinct_short_and_the_same_every_time(self):
        texts = prompts.make_texts(256)
        self.assertEqual(len(set(texts)), 256)
        self.assertEqual(texts[:8], prompts.make_texts(8))
        for text in texts:
            self.assertEqual(len(text), prompts.TEXT_CHARACTERS)
            self.assertNotIn("\n", text)

    def test_prompts(self):
        prompt = prompts.task_prompt("sentiment.zh", "好")
        self.assertTrue(prompt.startswith("<|im_start|>system\n判断"))
        self.assertTrue(prompt.endswith("<|im_start|>user\n好<|im_end|>\n<|im_start|>assistant\n"))
        self.assertIn("<|im_end|>\n<|im_start|>assistant\n客观<|im_end|>\n<|im_start|>user\n", prompt)
        self.assertEqual(prompt.count("<|im_start|>"), 1 + 2 * 12 + 2)
        self.assertTrue(prompts.article_prompt("好").endswith("<|im_start|>assistant"))
        self.assertEqual(len(prompts.long_text(2700)), 2700)


class QualityTest(unittest.TestCase):
    def test_the_same_distribution_has_none(self):
        golden = {1: math.log(0.5), 2: math.log(0.3)}
        self.assertAlmostEqual(quality.kl_divergence(golden, dict(golden)), 0)

    def test_by_hand(self):
        golden = {1: math.log(0.5), 2: math.log(0.25)}
        got = {1: math.log(0.25), 2: math.log(0.5), 3: math.log(0.01)}
        # 0.5 ln 2 - 0.25 ln 2, and the rest is 0.25 in both.
        self.assertAlmostEqual(quality.kl_divergence(golden, got), 0.25 * math.log(2))

    def test_a_token_that_is_missing_counts_as_the_last_one(self):
        golden = {1: math.log(0.9), 7: math.log(0.05)}
        got = {1: math.log(0.9), 2: math.log(0.01)}
        expected = 0.05 * math.log(0.05 / 0.01) + 0.05 * math.log(0.05 / 0.09)
        self.assertAlmostEqual(quality.kl_divergence(golden, got), expected)

    def test_golden_file(self):
        ids, rows = quality.golden_rows(
            prompts.ROOT / "tests" / "golden" / "logits-qwen2.5-coder-0.5b-q4_k_m.json"
        )
        self.assertEqual((len(ids), len(rows)), (1024, 128))
        self.assertTrue(all(len(row) == 64 and 0 <= at < 1024 for at, row in rows))

    def test_candidates(self):
        answer = {"completion_probabilities": [{"top_logprobs": [{"id": 5, "token": "x", "logprob": -0.5}]}]}
        self.assertEqual(quality.candidates(answer), {5: -0.5})


class InstallTest(unittest.TestCase):
    def test_half_a_file_never_has_its_name(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "whole"

            def command(then):
                return lambda partial: ["/bin/sh", "-c", f"printf part > '{partial}'; {then}"]

            self.assertRaises(subprocess.CalledProcessError, install._write_whole, path, command("exit 1"))
            self.assertFalse(path.exists())
            install._write_whole(path, command("true"))
            self.assertEqual(path.read_text(), "part")
            install._write_whole(path, command("exit 1"))  # it is there: nothing runs

    def test_where_things_lie(self):
        peers = install.Peers("/peers", "/models/official.gguf")
        self.assertEqual(peers.file("Q4_K_M"), pathlib.Path("/models/official.gguf"))
        self.assertEqual(peers.file("Q8_0"), pathlib.Path("/peers/qwen-Q8_0.gguf"))
        self.assertEqual(peers.program("llama-bench", "avx2"), pathlib.Path("/peers/llama.cpp/avx2/llama-bench"))


class ParseTest(unittest.TestCase):
    def test_yixin_bench(self):
        text = json.dumps(
            {
                "machine": {"all_bytes_per_s": {"median": 2e10, "samples": [2e10]}},
                "rows": [{"name": "decode.1", "median": 40.0, "arithmetic_share": None, "bandwidth_share": 0.9}],
            }
        )
        rows, shares, machine = yixin_peer.parse_bench(text)
        self.assertEqual(rows, {"decode.1": 40.0})
        self.assertEqual(shares, {"decode.1": {"arithmetic_share": None, "bandwidth_share": 0.9}})
        self.assertEqual(machine, {"all_bytes_per_s": 2e10})

    def test_transformers_lines(self):
        lines = ['{"labels": 1.5}', '{"prefill": 512, "rate": 190.0}', '{"decode": 16, "rate": 80}', '{"memory": 2900}']
        self.assertEqual(
            transformers_peer.parse_lines(lines),
            {"labels.1": 1.5, "prefill.512": 190.0, "decode.16": 80, "memory": 2900},
        )

    def test_build_options(self):
        def options(variant):
            words = [HERE / "build_llama.sh", "--options", variant]
            return subprocess.run(words, capture_output=True, text=True)

        self.assertEqual(options("native").stdout.strip(), "-DGGML_NATIVE=ON")
        self.assertIn("-DGGML_AVX512_VNNI=ON", options("avx512").stdout)
        self.assertNotIn("AVX512", options("avx2").stdout)
        for variant in ("avx512", "avx2"):
            self.assertIn("-DGGML_NATIVE=OFF", options(variant).stdout)
            self.assertNotIn("AMX", options(variant).stdout)
        self.assertNotEqual(options("sse9").returncode, 0)


def results(**more):
    def every(prefill, decode, **rest):
        rows = {f"prefill.{n}": [prefill] * 3 for n in (64, 512, 2048)}
        rows.update({f"decode.{n}": [decode * n / 2, decode * n, decode * n * 2] for n in (1, 4, 8, 16)})
        rows.update({row.replace("_", "."): [value] for row, value in rest.items()})
        return rows

    samples = {
        "yixin": every(2000, 40, labels_1=20, labels_256=60, start=100, memory=500, kl=0.0014),
        "llama.cpp Q4_K_M": every(125, 30, labels_1=2, labels_4=3, start=900, memory=800, kl=0.0017),
        "llama.cpp Q8_0": every(500, 39, labels_1=6, labels_4=5, start=900, memory=1300, kl=0.0009),
        "llama.cpp Q4_0": every(520, 60, labels_1=6.5, labels_4=5, start=900, memory=900, kl=0.16),
        "transformers": every(190, 9, labels_1=1.3, start=5000, memory=2900),
        "yixin avx2": {"prefill.512": [300], "decode.1": [30]},
        "llama.cpp Q8_0 avx2": {"prefill.512": [250], "decode.1": [31]},
        "llama.cpp Q4_0 avx2": {"prefill.512": [100], "decode.1": [60]},
    }
    return {
        "date": "2026-01-02", "minutes": 30.0, "rounds": 3, "flash": {"Q8_0": "on"}, "failures": [],
        "settings": {"threads": 2, "quick": False, "long": True, "forced": True, "transformers": True},
        "facts": {"version": "0.1.0", "numerics_version": 1, "model": "m", "kernels": "amx", "cpu": "a CPU"},
        "samples": samples,
        "shares": {"decode.1": {"bandwidth_share": 0.8}, "start": {}},
        "machine": {name: 2e12 for name in ("product_ops_per_s", "all_product_ops_per_s", "register_ops_per_s",
                                            "all_register_ops_per_s", "bytes_per_s", "all_bytes_per_s")},
        **more,
    }  # fmt: skip


class ReportTest(unittest.TestCase):
    def test_bars(self):
        bars = {bar.what: bar for bar in report.bars(results())}
        best = bars["prefill 512 beside llama.cpp's best file (llama.cpp Q4_0)"]
        self.assertAlmostEqual(best.value, 2000 / 520)
        self.assertTrue(best.met)
        self.assertTrue(bars["prefill 512 beside llama.cpp on the same file"].met)
        labels = bars["labels/s, many texts, beside llama-server on the same file"]
        self.assertAlmostEqual(labels.value, 20, msg="the faster of its one and four clients")
        self.assertFalse(bars["decode, one stream, of the bandwidth measured in the run"].met)
        self.assertTrue(bars["first label after process start"].met)
        self.assertTrue(bars["prefill 512, AVX2 forced, beside llama.cpp Q8_0 limited to it"].value < 1.5)
        slower = bars["decode, AVX2 forced, beside llama.cpp Q8_0 limited to it"]
        self.assertFalse(slower.met, "and not beside Q4_0, which is another product")
        self.assertIsNone(bars["prefill 512, AVX-512 VNNI forced, beside llama.cpp limited to it"].met)

    def test_page(self):
        page = report.page(results())
        self.assertNotIn("{{", page)
        self.assertIn("| **yixin**, official Q4_K_M | 2,000 ±0 % |", page)
        self.assertIn("±75 %", page)
        self.assertIn("**missed**", page)
        self.assertIn("not measured", page)
        self.assertNotIn("None", page)
        failed = report.page(results(failures=[{"peer": "p", "group": "g", "why": "broke"}]))
        self.assertIn("Not measured: g, p: broke", failed)

    def test_page_of_almost_nothing(self):
        few = results(shares={})
        few["samples"] = {"yixin": {"prefill.64": [1.0]}}
        self.assertNotIn("{{", report.page(few))

    def test_dump_is_short_and_comes_back(self):
        text = report.dump({"a": [1.23456789, 2], "b": {"c": 1234567.8}, "d": "x", "e": None})
        self.assertEqual(json.loads(text), {"a": [1.235, 2], "b": {"c": 1235000.0}, "d": "x", "e": None})

    def test_shares(self):
        shares = report.median_shares({"r": [{"a": 1.0, "b": None}, {"a": 3.0, "b": None}]})
        self.assertEqual(shares, {"r": {"a": 2.0}})


class ServingTest(unittest.TestCase):
    def test_what_is_counted(self):
        done = [{"first_ms": first, "gaps_ms": [10.0, gap], "tokens": 30} for first, gap in ((100.0, 20.0), (300.0, 90.0), (200.0, 10.0))]
        once = serving.summary(done, 2.0)
        self.assertEqual(once, {"tokens_per_s": 45.0, "first_ms": 200.0, "gap_ms": 10.0, "worst_gap_ms": 90.0})

    def test_the_table(self):
        def sample(speed):
            return {"tokens_per_s": speed, "first_ms": 50.0, "gap_ms": 20.0, "worst_gap_ms": 40.0}

        results = {
            "servers": ["yixin", "llama.cpp Q8_0"], "date": "2026-01-01", "cpu": "c", "threads": 2, "version": "v", "kernels": "k",
            "rounds": 3, "replies": 2, "tokens": 8,
            "samples": {"16": {"yixin": [sample(s) for s in (90.0, 100.0, 110.0)], "llama.cpp Q8_0": [sample(40.0)] * 3}},
        }  # fmt: skip
        page = serving.table(results)
        self.assertIn("| 16 | yixin | 100 ±10% |  | 50 | 20 | 40 |", page)
        self.assertIn("| 16 | llama.cpp Q8_0 | 40 ±0% | yixin has 2.50x |", page)
        self.assertIn("make bench-load", serving.table(None))

    def test_no_two_clients_ask_the_same(self):
        self.assertEqual(len(set(serving.TOPICS)), 32, "16 clients with two replies each")
        self.assertEqual(serving.body("x", 5)["max_tokens"], 5)


class PlanTest(unittest.TestCase):
    def test_every_peer_runs_every_group(self):
        class Peers:
            official = "official.gguf"

        settings = {"threads": 2, "quick": False, "long": True, "forced": True, "transformers": True}
        work = plan.Plan(Peers(), "yixin", settings)
        groups = work.round_groups()
        llamas = {f"llama.cpp {name}" for name in ("Q4_K_M", "Q8_0", "Q4_0")}
        self.assertEqual(set(groups["prefill"]), {"yixin"} | llamas)
        self.assertEqual(set(groups["labels"]), {"yixin", "transformers"} | llamas)
        self.assertEqual(len(groups["forced"]), 8)
        once = work.once_groups("t", "g")
        self.assertEqual(set(once), {"memory", "quality", "context"})
        self.assertEqual({*groups, *once}, set(plan.GROUPS))
        settings.update(long=False, forced=False, transformers=False)
        work = plan.Plan(Peers(), "yixin", settings)
        self.assertNotIn("forced", work.round_groups())
        self.assertNotIn("transformers", work.round_groups()["labels"])
        self.assertNotIn("context", work.once_groups("t", "g"))
        self.assertEqual(set(report.LLAMAS), llamas)

    def test_of_both_settings_of_flash_attention_each_row_has_the_better(self):
        class Peers:
            official = "official.gguf"

        settings = {"threads": 2, "quick": False, "long": False, "forced": False, "transformers": False}
        work = plan.Plan(Peers(), "yixin", settings)
        llama = work.llamas["Q8_0"]
        llama.flash = "off"
        said = {"on": {"start": 90, "labels.4": 3, "x": 8}, "off": {"start": 80, "labels.4": 7, "x": 5}}
        self.assertEqual(work._either_flash(llama, lambda one: said[one.flash]), {"start": 80, "labels.4": 7, "x": 8})
        self.assertEqual(llama.flash, "off")
        work.quick = True
        self.assertEqual(work._either_flash(llama, lambda one: said[one.flash]), said["off"])


if __name__ == "__main__":
    unittest.main()
