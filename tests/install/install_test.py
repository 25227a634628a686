"""Installs into a folder, moves it, and builds and runs examples/ against it with find_package(yixin).

Needs the build folder in YIXIN_BUILD_DIR and a Qwen model in YIXIN_TEST_QWEN_GGUF (`make test` sets both).
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ["YIXIN_BUILD_DIR"])


def run(*command, **options):
    done = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    if done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="yixin_install_")
        cls.addClassCleanup(cls.folder.cleanup)
        base = pathlib.Path(cls.folder.name)
        run("cmake", "--install", BUILD, "--prefix", base / "first")
        # An installed tree names no place, so it may be moved.
        cls.prefix = base / "second place"
        (base / "first").rename(cls.prefix)
        run("cmake", "-S", ROOT / "examples", "-B", base / "hello", f"-DCMAKE_PREFIX_PATH={cls.prefix}")
        run("cmake", "--build", base / "hello")
        cls.hello = base / "hello/hello"

    def test_everything_is_there(self):
        installed = {str(p.relative_to(self.prefix)) for p in self.prefix.rglob("*") if p.is_file()}
        self.assertIn("bin/yixin", installed)
        for folder, place in (("include/yixin", "include/yixin"), ("share", "share/yixin")):
            for path in (ROOT / folder).rglob("*"):
                if path.is_file():
                    self.assertIn(f"{place}/{path.relative_to(ROOT / folder)}", installed)
        self.assertTrue(any(name.startswith("share/yixin/tasks/") for name in installed))

    def test_no_file_names_the_build_or_the_prefix(self):
        for path in self.prefix.rglob("*.cmake"):
            text = path.read_text()
            for place in (str(BUILD), str(ROOT), str(self.prefix.parent)):
                self.assertNotIn(place, text, path)

    def test_the_library_shows_only_our_names(self):
        library = next(self.prefix.glob("lib*/libyixin.so"))
        names = run("nm", "-DC", "--defined-only", library).splitlines()
        ours = [line for line in names if "yixin::" in line]
        self.assertTrue(any("yixin::Assistant::Open(" in line for line in ours))
        self.assertEqual([line for line in names if line not in ours and " A " not in line], [])

    def test_the_program_runs_from_elsewhere(self):
        own = {"HOME": self.folder.name, "XDG_CACHE_HOME": f"{self.folder.name}/cache"}  # not what the tester has
        environment = {**os.environ, **own, "PATH": f"{self.prefix}/bin:{os.environ['PATH']}"}
        environment.pop("YIXIN_HOME", None)
        output = run(
            "yixin", "classify", "--model", os.environ["YIXIN_TEST_QWEN_GGUF"], "今天的实验终于成功了，太棒了！",
            cwd="/", env=environment,
        )  # fmt: skip
        self.assertIn("正面", output)
        # Its own tasks, not the source tree's, which a user does not have.
        self.assertIn(f"{self.prefix}/share/yixin", run("yixin", "doctor", cwd="/", env=environment))

    def test_hello_answers(self):
        model = os.environ["YIXIN_TEST_QWEN_GGUF"]
        output = run(self.hello, model, "今天的实验终于成功了，太棒了！", cwd="/")
        mood, _, reply = output.partition("\n")
        self.assertEqual(mood, "正面")
        self.assertGreater(len(reply.strip()), 0, output)

    def test_hello_reports_what_failed(self):
        done = subprocess.run([self.hello, "/nowhere.gguf", "x"], capture_output=True, text=True, cwd="/")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere.gguf", done.stderr)


if __name__ == "__main__":
    unittest.main()
