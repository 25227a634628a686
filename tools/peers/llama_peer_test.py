"""What llama.cpp's programs print, and what is read out of it; servers that do not come up."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import llama_peer

BENCH = """[
  {"build_commit": "0c1e570", "n_prompt": 512, "n_gen": 0, "n_depth": 0, "avg_ns": 2, "avg_ts": 249.0, "samples_ts": [249.0]},
  {"build_commit": "0c1e570", "n_prompt": 0, "n_gen": 32, "n_depth": 0, "avg_ns": 5, "avg_ts": 37.5, "samples_ts": [37.5]}
]"""
BATCHED = """main: n_kv_max = 2048, n_batch = 2048

{"n_kv_max": 2048, "pp": 64, "tg": 32, "pl": 1, "n_kv": 96, "speed_pp": 500.5, "speed_tg": 40.25, "speed": 1}
{"n_kv_max": 2048, "pp": 64, "tg": 32, "pl": 16, "n_kv": 576, "speed_pp": 501.5, "speed_tg": 177.0, "speed": 1}

llama_perf_context_print:        load time =     1 ms
"""


class ParseTest(unittest.TestCase):
    def test_bench(self):
        self.assertEqual(llama_peer.parse_bench(BENCH), [(512, 0, 249.0), (0, 32, 37.5)])
        self.assertRaises(ValueError, llama_peer.parse_bench, "error: no such file")

    def test_batched_bench(self):
        rows = llama_peer.parse_batched_bench(BATCHED)
        self.assertEqual([row["streams"] for row in rows], [1, 16])
        self.assertEqual(rows[1], {"prompt": 64, "streams": 16, "prefill": 501.5, "decode": 177.0})
        self.assertEqual(llama_peer.parse_batched_bench("main: failed\n"), [])

    def test_peak_memory(self):
        status = "Name:\tllama-server\nVmPeak:\t 9000 kB\nVmHWM:\t  2000 kB\nVmRSS:\t 1000 kB\n"
        self.assertAlmostEqual(llama_peer.read_peak_mb(status), 2.048)
        self.assertRaises(llama_peer.PeerError, llama_peer.read_peak_mb, "Name:\tx\n")


class ProgramTest(unittest.TestCase):
    def test_a_program_that_fails_says_its_last_line(self):
        with self.assertRaisesRegex(llama_peer.PeerError, "sh: exit code 3: why"):
            llama_peer.run(["/bin/sh", "-c", "echo first >&2; echo why >&2; exit 3"])

    def test_a_server_that_leaves_is_no_server(self):
        with self.assertRaisesRegex(llama_peer.PeerError, "exit code 7"):
            with llama_peer.Server(["/bin/sh", "-c", "exit 7"]):
                self.fail("it never was ready")

    def test_words_of_a_run(self):
        class Peers:
            def program(self, name, variant):
                return pathlib.Path(folder) / f"{name}-{variant}"

            def file(self, quantization):
                return f"{quantization}.gguf"

        with tempfile.TemporaryDirectory() as folder:
            fake = pathlib.Path(folder) / "llama-bench-avx2"
            # Prints its own words as the one entry's prompt: what was asked is what is seen.
            fake.write_text("#!/bin/sh\n[ \"$*\" = '-m Q8_0.gguf -t 2 -r 1 -o json -fa 0 -p 64,512 -n 0 --no-warmup' ] || exit 9\n"
                            "echo '[{\"n_prompt\":64,\"n_gen\":0,\"avg_ts\":1},{\"n_prompt\":512,\"n_gen\":0,\"avg_ts\":2}]'\n")
            fake.chmod(0o755)
            llama = llama_peer.Llama(Peers(), "Q8_0", 2, "avx2", flash="off")
            self.assertEqual(llama.prefill((512,)), {512: 2}, "the first prompt warms up and is thrown away")


if __name__ == "__main__":
    unittest.main()
