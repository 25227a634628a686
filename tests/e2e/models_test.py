"""yixin models, pull, rm and doctor without a network."""

import hashlib
import pathlib
import unittest

import program


class ModelsTest(program.ProgramTest):
    def models(self):
        return {line["name"]: line for line in self.json_lines(self.run_program("models", "--json").stdout)}

    def test_the_catalog(self):
        models = self.models()
        self.assertIn("qwen2.5-0.5b", models)
        self.assertFalse(models["qwen2.5-0.5b"]["present"])
        self.assertEqual(models["qwen2.5-0.5b"]["licence"], "Apache-2.0")
        shown = self.run_program("models").stdout.decode()
        self.assertIn("yixin pull qwen2.5-0.5b", shown)

    def test_pull_a_path_use_it_and_remove_it(self):
        path = pathlib.Path(self.run_program("pull", self.model).stdout.decode().splitlines()[-1])
        self.assertEqual(path.read_bytes(), pathlib.Path(self.model).read_bytes())
        (name,) = [name for name, model in self.models().items() if model["path"] == str(path)]
        self.assertEqual(self.models()[name]["sha256"], hashlib.sha256(path.read_bytes()).hexdigest())
        self.run_program("tokenize", "--model", name, "hello")
        self.run_program("rm", "--yes", name)
        self.assertTrue(pathlib.Path(self.model).exists())  # the user's own file stays
        self.assertFalse(self.models().get(name, {}).get("present", False))

    def test_pull_errors(self):
        self.run_program("pull", "no-such-model", code=66)
        self.run_program("pull", str(self.folder / "none.gguf"), code=66)
        self.run_program("rm", "--yes", "no-such-model", code=66)

    def test_a_repository_that_is_not_here_says_how_to_get_it(self):
        for name in ("Qwen/Qwen1.5-0.5B", "hf:Qwen/Qwen1.5-0.5B"):
            done = self.run_program("classify", "--model", name, "x", code=66)
            self.assertIn("yixin pull hf:Qwen/Qwen1.5-0.5B", done.stderr.decode())
        done = self.run_program("pull", "hf:Qwen/Qwen1.5-0.5B", code=68)
        self.assertIn("HF_HUB_OFFLINE", done.stderr.decode())
        self.run_program("pull", "hf:Qwen", code=64)
        self.run_program("pull", str(self.folder), code=64)  # a folder is used where it lies

    def test_a_name_that_is_not_here_says_how_to_get_it(self):
        done = self.run_program("classify", "--model", "qwen2.5-0.5b", "x", code=66)
        self.assertIn("yixin pull qwen2.5-0.5b", done.stderr.decode())

    def test_doctor(self):
        (report,) = self.json_lines(self.run_program("doctor", "--json").stdout)
        self.assertGreaterEqual(report["threads"], 1)
        self.assertGreater(report["memory_bytes"], 0)
        self.assertEqual(len([kernel for kernel in report["kernels"] if kernel["chosen"]]), 1)
        self.assertTrue(pathlib.Path(report["share"], "tasks").is_dir())
        shown = self.run_program("doctor").stdout.decode()
        self.assertIn("reference", shown)

    def test_doctor_finds_kernels_that_do_not_exist(self):
        done = self.run_program("doctor", env={"YIXIN_KERNELS": "abacus"}, code=69)
        self.assertIn("✗ YIXIN_KERNELS=abacus", done.stdout.decode())


if __name__ == "__main__":
    unittest.main()
