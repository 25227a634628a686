"""The corpus runner fails when it should: on a broken input, a huge allocation, an empty corpus."""

import os
import pathlib
import subprocess
import tempfile
import unittest

PROBE = pathlib.Path(os.environ["YIXIN_BUILD_DIR"]) / "tests/fuzz/corpus_runner_probe"


class CorpusRunnerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "corpus").mkdir()

    def run_probe(self, **seeds):
        for name, data in seeds.items():
            (self.folder / "corpus" / name).write_bytes(data)
        done = subprocess.run([PROBE, self.folder / "corpus"], cwd=self.folder, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def test_sound_seeds_pass_the_same_way_each_time(self):
        first = self.run_probe(a=b"SEED!", b=b"", c=bytes(range(256)))
        self.assertEqual(first[0], 0, first)
        self.assertIn("3 seeds, 604 inputs", first[1])
        self.assertIn("digest", first[1])
        self.assertEqual(self.run_probe(), first)

    def test_a_broken_seed_fails_and_is_kept(self):
        code, _, words = self.run_probe(fine=b"SEED!", killer=b"ABORT here")
        self.assertNotEqual(code, 0)
        self.assertIn("broken by killer, mutation 0", words)
        self.assertEqual((self.folder / "broken_input").read_bytes(), b"ABORT here")

    def test_a_huge_allocation_fails(self):
        code, _, words = self.run_probe(greedy=b"ALLOCATE")
        self.assertNotEqual(code, 0)
        self.assertIn("broken by greedy, mutation 0", words)

    def test_mutations_run(self):
        """A seed one bit or byte away from what breaks the entry."""
        seeds = {f"near{i}": b"ABOR" + bytes([ord("T") ^ 1]) for i in range(64)}
        code, _, words = self.run_probe(**seeds)
        self.assertNotEqual(code, 0)
        self.assertNotIn("mutation 0", words)
        self.assertEqual((self.folder / "broken_input").read_bytes()[:5], b"ABORT")

    def test_an_empty_corpus_fails(self):
        self.assertEqual(self.run_probe()[0], 66)
        (self.folder / "corpus").rmdir()
        self.assertEqual(self.run_probe()[0], 66)


if __name__ == "__main__":
    unittest.main()
