"""run_tidy.py looks again at exactly what changed, and its verdict can fail."""

import json
import os
import pathlib
import stat
import sys
import tempfile
import unittest
from unittest import mock

import run_tidy

# Stands for clang-tidy: notes the file it was given, or those that this one includes, and finds fault
# with files that hold BAD. Two that hold CLASH do not compile together.
FAKE = """#!{python}
import json, sys
if "--version" in sys.argv:
    print("fake 14")
    sys.exit(0)
commands = json.load(open(sys.argv[2] + "/compile_commands.json"))
assert any(entry["file"] == sys.argv[-1] for entry in commands)
files = [sys.argv[-1]]
if files[0].endswith("/unit.cc"):
    files = [line.split('"')[1] for line in open(files[0])]
with open({log!r}, "a") as log:
    print("+".join(file.rsplit("/", 1)[1] for file in files), file=log)
text = " ".join(open(file).read() for file in files)
if "BAD" in text or text.count("CLASH") > 1:
    print("a finding")
    sys.exit(1)
"""


class RunTidyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        for name, text in {
            "src/base/a.h": "",
            "src/base/b.h": '#include "base/a.h"\n',
            "src/base/a.cc": '#include "base/b.h"\n',
            "src/base/lone.cc": "#include <vector>\n",
            "elsewhere/generated.cc": "",
            ".clang-tidy": "Checks: '*'",
        }.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.build = self.root / "build"
        self.build.mkdir()
        self.write_commands("-O2")
        self.log = self.root / "log"
        fake = self.root / "clang-tidy-14"
        fake.write_text(FAKE.format(python=sys.executable, log=str(self.log)))
        fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
        path = mock.patch.dict(os.environ, {"PATH": f"{self.root}:{os.environ['PATH']}"})
        path.start()
        self.addCleanup(path.stop)

    def write_commands(self, flags):
        entries = [
            {"directory": str(self.build), "file": str(self.root / name), "command": f"g++ {flags} -o {name}.o -c {name}"}
            for name in ("src/base/a.cc", "src/base/lone.cc", "elsewhere/generated.cc")
        ]
        (self.build / "compile_commands.json").write_text(json.dumps(entries))

    def run_it(self):
        """(exit code, the files that clang-tidy was given, those of one run joined by +)"""
        self.log.write_text("")
        with mock.patch("sys.stdout"), mock.patch("sys.stderr"):
            code = run_tidy.run(self.root, self.build, self.root / "stamps", jobs=2)
        return code, sorted(self.log.read_text().split())

    def test_clean_files_are_looked_at_once(self):
        self.assertEqual(self.run_it(), (0, ["a.cc+lone.cc"]))
        self.assertEqual(self.run_it(), (0, []))

    def test_a_change_far_down_the_includes_is_seen(self):
        self.run_it()
        (self.root / "src/base/a.h").write_text("// new\n")
        self.assertEqual(self.run_it(), (0, ["a.cc"]))

    def test_flags_and_configuration_count(self):
        self.run_it()
        self.write_commands("-O3")
        self.assertEqual(self.run_it(), (0, ["a.cc+lone.cc"]))
        (self.root / ".clang-tidy").write_text("Checks: '-*'")
        self.assertEqual(self.run_it(), (0, ["a.cc+lone.cc"]))

    def test_a_finding_fails_and_leaves_no_stamp(self):
        (self.root / "src/base/lone.cc").write_text("BAD\n")
        self.assertEqual(self.run_it(), (1, ["a.cc", "a.cc+lone.cc", "lone.cc"]))
        self.assertEqual(self.run_it(), (1, ["lone.cc"]))

    def test_what_does_not_compile_together_is_looked_at_alone(self):
        for name in ("a", "lone"):
            (self.root / f"src/base/{name}.cc").write_text("CLASH\n")
        self.assertEqual(self.run_it(), (0, ["a.cc", "a.cc+lone.cc", "lone.cc"]))
        self.assertEqual(self.run_it(), (0, []))

    def test_names_that_clash_are_not_tried_together(self):
        for name in ("a", "lone"):
            (self.root / f"src/base/{name}.cc").write_text("namespace yixin {\nint Twice() {\n}\n")
        self.assertEqual(self.run_it(), (0, ["a.cc", "lone.cc"]))

    def test_an_alias_of_a_namespace_that_is_not_used_is_looked_at_in_its_own_file(self):
        alias = "void f() {\n  namespace fs = std::filesystem;\n}\n"
        (self.root / "src/base/lone.cc").write_text(alias)
        self.assertEqual(self.run_it(), (0, ["a.cc", "lone.cc"]))
        (self.root / "src/base/lone.cc").write_text(alias.replace("}", "  fs::path p;\n}"))
        (self.root / "src/base/a.cc").write_text("// new\n")
        self.assertEqual(self.run_it(), (0, ["a.cc+lone.cc"]))

    def test_files_of_other_flags_are_apart(self):
        commands = json.loads((self.build / "compile_commands.json").read_text())
        commands[0]["command"] = commands[0]["command"].replace("-O2", "-mavx2")
        (self.build / "compile_commands.json").write_text(json.dumps(commands))
        self.assertEqual(self.run_it(), (0, ["a.cc", "lone.cc"]))

    def test_nothing_to_look_at_fails(self):
        (self.build / "compile_commands.json").write_text("[]")
        self.assertEqual(self.run_it(), (1, []))


if __name__ == "__main__":
    unittest.main()
