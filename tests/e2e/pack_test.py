"""yixin pack, and what the other verbs do where weights cannot be stored."""

import pathlib
import resource
import signal
import subprocess
import unittest

import program


class PackTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        # A cache of its own for each test.
        self.home = self.folder / self.id()
        self.env = {"YIXIN_HOME": str(self.home)}

    def pack(self, *words, **options):
        return self.run_program("pack", *words, env=self.env, **options)

    def report(self, *words):
        (report,) = self.json_lines(self.pack("--json", *words, self.model).stdout)
        return report

    def packed_files(self):
        return sorted(self.home.glob("packed/*.yxp*"))

    def test_pack_then_start(self):
        done = self.pack(self.model)
        (path,) = self.packed_files()
        self.assertEqual(done.stdout.decode(), f"{path}\n")
        self.assertRegex(done.stderr.decode(), r"^yixin: packed, \d+ kB\n$")
        before = path.stat().st_ino
        again = self.pack("--model", self.model)
        self.assertEqual(again.stdout, done.stdout)
        self.assertIn("packed already", again.stderr.decode())
        done = self.run_verb("classify", "hello", env=self.env)
        self.assertEqual(done.stderr, b"")
        self.assertEqual(path.stat().st_ino, before)
        self.assertEqual(self.pack("--quiet", "--force", self.model).stderr, b"")
        self.assertNotEqual(path.stat().st_ino, before)

    def test_json(self):
        first = self.report()
        self.assertEqual(first["packed"], True)
        self.assertEqual(first["bytes"], pathlib.Path(first["path"]).stat().st_size)
        self.assertEqual(self.report()["packed"], False)
        self.assertEqual(self.report("--force")["packed"], True)

    def test_a_damaged_file_is_packed_again_and_says_why(self):
        path = pathlib.Path(self.report()["path"])
        good = path.read_bytes()
        damaged = bytearray(good)
        middle = slice(len(good) // 2, len(good) // 2 + 4096)  # wider than the gap between two sections
        damaged[middle] = bytes(byte ^ 1 for byte in damaged[middle])
        path.unlink()
        path.write_bytes(damaged)
        self.assertIn("damaged", self.report()["reason"])
        self.assertEqual(path.read_bytes()[64:], good[64:])  # the header holds the time
        path.write_bytes(good[:1000])
        done = self.run_verb("classify", "hello", env=self.env)
        self.assertRegex(done.stderr.decode(), r"^preparing the model \.\.\.\nyixin: .*packed")
        self.assertEqual(path.read_bytes()[64:], good[64:])

    def test_without_the_right_to_write(self):
        self.home.mkdir()
        (self.home / "packed").write_text("a file where the folder should be")
        done = self.pack(self.model, code=74)
        self.assertIn("YIXIN_HOME", done.stderr.decode())
        # The others go on without.
        done = self.run_verb("classify", "--json", "hello", env=self.env)
        self.assertIn("cannot make the folder", done.stderr.decode())
        self.assertEqual(len(self.json_lines(done.stdout)), 1)

    def test_a_full_disk(self):
        path = pathlib.Path(self.report()["path"])
        before = path.read_bytes()

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

        done = subprocess.run(
            [program.PROGRAM, "pack", "--force", self.model],
            capture_output=True,
            env=self.environment(**self.env),
            preexec_fn=limit,
            timeout=program.PATIENCE_S,
        )
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertIn(b"free some space", done.stderr)
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual(self.packed_files(), [path])

    def test_usage(self):
        self.pack(self.model, self.model, code=64)
        self.pack("--model", self.model, self.model, code=64)
        self.pack(str(self.folder / "none.gguf"), code=66)
        done = self.run_program("pack", self.model, env={**self.env, "YIXIN_KERNELS": "reference"}, code=69)
        self.assertIn("nothing to pack", done.stderr.decode())


if __name__ == "__main__":
    unittest.main()
