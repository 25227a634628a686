"""tools/soak.py on the program itself, a few seconds of it; that it finds faults is in tools/soak/soak_test.py."""

import json
import subprocess
import sys
import unittest

import program

SOAK = program.ROOT / "tools" / "soak.py"


class SoakTest(program.ProgramTest):
    def test_a_short_load_finds_nothing(self):
        figures = self.folder / "figures.json"
        # Sanitizers keep freed memory, by the hundreds of megabytes.
        done = subprocess.run(
            [sys.executable, "-B", SOAK, "--program", program.PROGRAM, "--model", self.model, "--seconds", "3",
             "--json", figures, "--growth-mib", "1000"],
            env=self.environment(), capture_output=True, text=True, timeout=4 * program.PATIENCE_S,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue(done.stdout.endswith("soak: ok\n"), done.stdout)
        found = json.loads(figures.read_text())
        for name in ("labels", "junk", "slow_senders", "idle_connections"):
            self.assertGreater(found["counts"][name], 0, name)
        self.assertGreater(found["rss_bytes"]["warm"], 0)
        self.assertEqual((found["faults"], found["wrong"]), ({}, []))


if __name__ == "__main__":
    unittest.main()
