"""yixin doctor: what it finds in models and packed weights, and cleaning up."""

import pathlib
import shutil
import unittest

import program


class DoctorTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.home = self.folder / self.id()
        self.home.mkdir()
        self.env = {"YIXIN_HOME": str(self.home)}
        self.file = self.home / "mine.gguf"
        shutil.copy(self.model, self.file)
        self.run_program("pull", str(self.file), env=self.env)
        self.packed = pathlib.Path(self.run_program("pack", "mine.gguf", env=self.env).stdout.decode().strip())

    def doctor(self, *words, code=0):
        return self.run_program("doctor", *words, env=self.env, code=code).stdout.decode()

    def rows(self, code=0):
        output = self.run_program("doctor", "--verify", "--json", env=self.env, code=code).stdout
        return {row["path"]: row for row in self.json_lines(output)}

    def report(self):
        (report,) = self.json_lines(self.run_program("doctor", "--json", env=self.env).stdout)
        return report

    def flip(self, path, at):
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        path.unlink()
        path.write_bytes(data)

    def test_all_is_well(self):
        rows = self.rows()
        self.assertEqual(set(rows), {str(self.file), str(self.packed)})
        self.assertTrue(all(row["good"] for row in rows.values()))
        shown = self.doctor("--verify")
        self.assertIn("SHA-256 right", shown)
        self.assertRegex(shown, r"✓ packed .* \d+ sections right")
        self.assertIn("2 files, all is well", shown)
        report = self.report()
        self.assertEqual(report["packed"][0]["state"], "sound")
        self.assertEqual(report["packed_bytes"], self.packed.stat().st_size)
        self.assertGreater(report["free_bytes"], 0)
        self.assertIn(f"sound  {self.packed}", self.doctor())

    def test_a_model_that_changed(self):
        stat = self.file.stat()
        data = bytearray(self.file.read_bytes())
        data[-1] ^= 1
        self.file.write_bytes(data)
        row = self.rows(code=76)[str(self.file)]
        self.assertFalse(row["good"])
        self.assertIn("expected SHA-256", row["result"])
        self.assertIn("yixin rm mine.gguf", row["result"])
        self.assertEqual(self.file.stat().st_size, stat.st_size)
        self.assertIn("1 of 2 files are wrong", self.doctor("--verify", code=76))
        # What is said to help does, though the model is not what its manifest says.
        self.run_program("rm", "--yes", "mine.gguf", env=self.env)
        self.run_program("rm", "--yes", "mine.gguf", env=self.env, code=66)

    def test_a_model_that_is_gone(self):
        self.file.unlink()
        self.assertIn("not there", self.rows(code=76)[str(self.file)]["result"])
        self.assertIn("the file is not there", self.doctor(code=69))

    def test_packed_weights_that_are_damaged(self):
        size = self.packed.stat().st_size
        good = self.packed.read_bytes()
        for at in (0, 20, size - 1):
            self.flip(self.packed, at)
            row = self.rows(code=76)[str(self.packed)]
            self.assertTrue(row["grave"])
            self.assertIn("yixin pack --force", row["result"])
            self.packed.write_bytes(good)
        middle = bytearray(good)
        middle[size // 2 : size // 2 + 4096] = bytes(4096)
        self.packed.write_bytes(middle)
        self.assertIn("sections are damaged", self.rows(code=76)[str(self.packed)]["result"])
        self.run_program("pack", "--force", "mine.gguf", env=self.env)
        self.rows()

    def test_clean(self):
        self.assertIn("nothing to clean", self.doctor("--clean"))
        unfinished = pathlib.Path(f"{self.packed}.new.1.0")
        unfinished.write_bytes(b"half")
        self.file.unlink()
        self.assertIn("yixin doctor --clean", self.doctor(code=69))
        self.assertIn("--clean", self.rows(code=76)[str(self.packed)]["result"])
        shown = self.doctor("--clean")
        self.assertIn(f"removed {self.packed}", shown)
        self.assertFalse(self.packed.exists() or unfinished.exists())
        self.doctor("--clean", "--verify", code=64)

    def test_nothing_here(self):
        shutil.rmtree(self.home)
        self.assertIn("nothing to verify", self.doctor("--verify"))
        self.assertIn("nothing to clean", self.doctor("--clean"))
        self.assertFalse(self.home.exists())


if __name__ == "__main__":
    unittest.main()
