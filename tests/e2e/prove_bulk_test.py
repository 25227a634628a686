"""tools/prove_bulk.py in small: what `make test` has of its promises, and that it can say no."""

import os
import subprocess
import sys
import unittest

import program

TOOL = program.ROOT / "tools" / "prove_bulk.py"


class ProveBulkTest(program.ProgramTest):
    def prove(self, what, *options, tested=program.PROGRAM, code=0, words=("--checkpoint-ms", "0")):
        words = ("--", "--model", self.model, *words)
        done = subprocess.run(
            [sys.executable, "-B", str(TOOL), what, tested, "--folder", str(self.folder), *options, *words],
            env=self.environment(), capture_output=True, text=True, timeout=4 * program.PATIENCE_S,
        )
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def test_a_run_that_was_killed_has_the_same_bytes(self):
        said = self.prove("kills", "--rows", "1200", "--kills", "3")
        self.assertRegex(said, r"killed [1-9] times; the same bytes: yes")

    def test_it_sees_a_byte_that_differs(self):
        wrong = self.folder / "wrong"
        wrong.write_text(
            "#!/bin/sh\n"
            f'"{program.PROGRAM}" "$@"; code=$?\n'
            'case "$*" in *--resume*) [ ! -f "$4" ] || printf x >>"$4";; esac\n'
            "exit $code\n"
        )
        os.chmod(wrong, 0o755)
        said = self.prove("kills", "--rows", "300", "--kills", "0", tested=str(wrong), code=1)
        self.assertIn("the same bytes: NO", said)

    def test_memory(self):
        # A short run has not filled its tables, and sanitizers keep memory of their own.
        said = self.prove("memory", "--megabytes", "1", "--allowed-mb", "2000")
        self.assertIn("peak memory of each tenth", said)
        self.prove("memory", "--megabytes", "1", "--allowed-mb", "-2000", code=1)

    def test_speed(self):
        # That it measures and judges; no figure of a test's machine means anything.
        quick = ("--quick", "--rows", "20", "--rounds", "1")
        said = self.prove("speed", *quick, "--least", "0", words=())
        self.assertRegex(said, r"ratio: median \d")
        self.prove("speed", *quick, "--least", "1e9", code=1, words=())


if __name__ == "__main__":
    unittest.main()
