"""The scripts behind `make`, with apt-get, dpkg-query, sudo and the program itself faked.

Every fake is a file in a folder put before PATH; it notes how it was called. The folder is all of PATH
where a real tool (sudo) must not be found.
"""

import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEBIAN = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n'
UBUNTU = 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04"\nUBUNTU_CODENAME=noble\n'

# What the scripts may call besides the fakes.
TOOLS = ["awk", "cat", "dirname", "env", "sh", "bash", "tr", "uname", "mkdir", "rm", "grep", "tail"]

# Says that every package of the arguments is installed but those in the file `missing`.
DPKG_QUERY = """#!/bin/sh
for word in "$@"; do
  case $word in -*) ;; *)
    if grep -qx -- "$word" "$FAKES/missing"; then echo "$word not-installed"; else echo "$word installed"; fi ;;
  esac
done
"""
# Notes the call; an installation takes the packages off the list, unless it is to fail.
APT_GET = """#!/bin/sh
echo "apt-get $*" >>"$FAKES/calls"
echo "apt's own words"
if [ -e "$FAKES/apt_fails" ]; then exit 100; fi
case "$*" in *install*) : >"$FAKES/missing" ;; esac
if read -r line; then echo "apt-get read: $line" >>"$FAKES/calls"; fi
"""
SUDO = '#!/bin/sh\necho "sudo $*" >>"$FAKES/calls"\nexec "$@"\n'


class FakesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "missing").write_text("")
        (self.folder / "calls").write_text("")
        for tool in TOOLS:
            (self.folder / tool).symlink_to(shutil.which(tool))

    def fake(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def calls(self):
        return (self.folder / "calls").read_text().splitlines()


class SetupTest(FakesTest):
    def setUp(self):
        super().setUp()
        self.fake("dpkg-query", DPKG_QUERY)
        self.fake("apt-get", APT_GET)
        self.become(0)
        (self.folder / "os-release").write_text(DEBIAN)

    def become(self, user):
        self.fake("id", f"#!/bin/sh\necho {user}\n")

    def setup_packages(self, *groups, **environment):
        done = subprocess.run(
            [ROOT / "scripts/setup.sh", *groups],
            input="a text for the conversation\n",
            env={
                "PATH": str(self.folder),
                "FAKES": str(self.folder),
                "YIXIN_OS_RELEASE": str(self.folder / "os-release"),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.assertEqual(done.stdout, "", "set-up writes to standard error only")
        return done.returncode, done.stderr

    def test_nothing_missing_is_silent(self):
        self.assertEqual(self.setup_packages(), (0, ""))
        self.assertEqual(self.calls(), [])

    def test_missing_packages_are_named_and_installed(self):
        (self.folder / "missing").write_text("libedit-dev\nninja-build\n")
        for os_release in (DEBIAN, UBUNTU):
            with self.subTest(os=os_release):
                (self.folder / "missing").write_text("libedit-dev\nninja-build\n")
                (self.folder / "calls").write_text("")
                (self.folder / "os-release").write_text(os_release)
                code, words = self.setup_packages()
                self.assertEqual(code, 0, words)
                self.assertIn("missing packages: ninja-build libedit-dev\n", words)
                update, install = self.calls()  # and nothing was read from standard input
                self.assertIn("update", update)
                self.assertTrue(install.endswith("install -y --no-install-recommends ninja-build libedit-dev"))

    def test_only_the_groups_asked_for(self):
        (self.folder / "missing").write_text("clang-tidy-14\n")
        self.assertEqual(self.setup_packages("build"), (0, ""))
        self.assertEqual(self.setup_packages("build", "lint")[0], 0)
        self.assertTrue(self.calls()[-1].endswith(" clang-tidy-14"))
        code, words = self.setup_packages("nonsense")
        self.assertEqual(code, 1)
        self.assertIn("no package group named 'nonsense'", words)

    def test_sudo_where_not_root(self):
        (self.folder / "missing").write_text("cmake\n")
        self.become(1000)
        self.fake("sudo", SUDO)
        self.assertEqual(self.setup_packages()[0], 0)
        self.assertEqual([call.split()[0] for call in self.calls()], ["sudo", "apt-get"] * 2)
        self.assertIn("DEBIAN_FRONTEND=noninteractive", self.calls()[0])

    def test_neither_root_nor_sudo_prints_the_command_and_stops(self):
        (self.folder / "missing").write_text("cmake\ng++\n")
        self.become(1000)
        code, words = self.setup_packages()
        self.assertNotEqual(code, 0)
        self.assertIn("apt-get update && apt-get install -y --no-install-recommends g++ cmake\n", words)
        self.assertEqual(self.calls(), [])

    def test_apt_that_fails(self):
        (self.folder / "missing").write_text("cmake\n")
        (self.folder / "apt_fails").write_text("")
        code, words = self.setup_packages()
        self.assertNotEqual(code, 0)
        self.assertIn("apt's own words", words)
        self.assertIn("By hand: apt-get update && apt-get install -y --no-install-recommends cmake\n", words)

    def test_apt_that_installs_nothing(self):
        (self.folder / "missing").write_text("cmake\n")
        self.fake("apt-get", "#!/bin/sh\n")
        code, words = self.setup_packages()
        self.assertNotEqual(code, 0)
        self.assertIn("still missing: cmake", words)

    def test_other_systems_get_one_line_that_helps(self):
        for system, help_ in (
            ("MINGW64_NT-10.0", "wsl --install -d Ubuntu-24.04"),
            ("MSYS_NT-10.0", "wsl --install -d Ubuntu-24.04"),
            ("Darwin", "missing is a build for ARM"),
            ("FreeBSD", "use Debian 12 or Ubuntu 24.04"),
        ):
            with self.subTest(system=system):
                (self.folder / "uname").unlink()
                self.fake("uname", f"#!/bin/sh\necho {system}\n")
                code, words = self.setup_packages()
                self.assertNotEqual(code, 0)
                self.assertIn(help_, words)
                self.assertEqual(words.count("\n"), 1, words)
                self.assertEqual(self.calls(), [])

    def test_other_linux_gets_the_list(self):
        for os_release in (
            'ID=fedora\nVERSION_ID=40\nPRETTY_NAME="Fedora Linux 40"\n',
            'ID=ubuntu\nVERSION_ID="22.04"\nPRETTY_NAME="Ubuntu 22.04"\nUBUNTU_CODENAME=jammy\n',
            'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian 11"\n',
            "",
        ):
            with self.subTest(os=os_release):
                (self.folder / "os-release").write_text(os_release)
                code, words = self.setup_packages()
                self.assertNotEqual(code, 0)
                self.assertIn("libcurl4-openssl-dev", words)
                self.assertIn("SETUP=skip", words)
                self.assertEqual(words.count("\n"), 1, words)
                self.assertEqual(self.setup_packages(SETUP="skip"), (0, ""))

    def test_derivatives_and_later_releases_are_taken(self):
        for os_release in (
            "ID=debian\n",  # testing has no number
            "ID=debian\nVERSION_ID=13\n",
            "ID=ubuntu\nVERSION_ID=26.04\n",
            "ID=linuxmint\nVERSION_ID=22\nUBUNTU_CODENAME=noble\n",
        ):
            with self.subTest(os=os_release):
                (self.folder / "os-release").write_text(os_release)
                self.assertEqual(self.setup_packages(), (0, ""))


class JobsTest(FakesTest):
    def jobs(self, cores, gib, limit="max"):
        self.fake("nproc", f"#!/bin/sh\necho {cores}\n")
        (self.folder / "meminfo").write_text(f"MemTotal: {int(gib * 1048576)} kB\nMemFree: 1 kB\n")
        (self.folder / "limit").write_text(f"{limit}\n")
        return int(
            subprocess.run(
                [ROOT / "scripts/jobs.sh"],
                env={
                    "PATH": str(self.folder),
                    "YIXIN_MEMINFO": str(self.folder / "meminfo"),
                    "YIXIN_CGROUP_MEMORY": str(self.folder / "limit"),
                },
                stdout=subprocess.PIPE,
                check=True,
            ).stdout
        )

    def test_the_lesser_of_cores_and_memory(self):
        self.assertEqual(self.jobs(2, 24), 2)
        self.assertEqual(self.jobs(16, 6), 4)
        self.assertEqual(self.jobs(16, 5.9), 3)
        self.assertEqual(self.jobs(8, 1), 1)
        self.assertEqual(self.jobs(16, 64, limit=3 << 30), 2)

    def test_no_memory_file(self):
        self.assertEqual(self.jobs(4, 0), 1)


# Prints its arguments and standard input, with a mark that shows it was the program.
ECHO = '#!/bin/sh\necho "yixin: $*"\ncat\nexit 3\n'
# Like the conversation: Ctrl-C does not end it, a line does.
PATIENT = """#!/usr/bin/env bash
trap 'echo interrupted' INT
echo ready
until read -r line; do :; done
echo "got $line"
"""


class ChatTest(FakesTest):
    def test_a_pipe_reaches_the_program_and_its_exit_code_comes_back(self):
        program = self.fake("yixin", ECHO)
        done = subprocess.run(
            [ROOT / "scripts/chat.sh", "--system", "a  b"],
            input="今天\n退出\n",
            env={**os.environ, "YIXIN_PROGRAM": str(program)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.assertEqual(done.stdout, "yixin: chat --system a  b\n今天\n退出\n")
        self.assertEqual(done.returncode, 3)

    def test_control_c_at_a_terminal_reaches_the_program_alone(self):
        """Twice, because make bears one and dies of the second."""
        program = self.fake("yixin", PATIENT)
        makefile = self.folder / "Makefile"
        makefile.write_text(f"chat:\n\t@{ROOT}/scripts/chat.sh\n\t@echo make lives\n")
        environment = {**os.environ, "YIXIN_PROGRAM": str(program)}
        environment.pop("MAKEFLAGS", None)
        child, terminal = pty.fork()
        if child == 0:
            os.execvpe("make", ["make", "-s", "-f", str(makefile), "chat"], environment)
        try:
            seen = self.read_until(terminal, "ready")
            for count in (1, 2):
                os.write(terminal, b"\x03")
                seen = self.read_until(terminal, "interrupted", seen, count)
            os.write(terminal, b"\x1a")  # Ctrl-Z is ignored
            os.write(terminal, b"hello\n")
            seen = self.read_until(terminal, "make lives", seen)
            self.assertIn("got hello", seen)
            _, status = os.waitpid(child, 0)
            child = 0
            self.assertEqual(os.waitstatus_to_exitcode(status), 0)
        finally:
            if child:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            os.close(terminal)

    def read_until(self, terminal, words, seen="", count=1):
        until = time.monotonic() + 60
        while seen.count(words) < count:
            ready, _, _ = select.select([terminal], [], [], max(0, until - time.monotonic()))
            self.assertTrue(ready, f"waited for {words!r}, saw {seen!r}")
            try:
                piece = os.read(terminal, 4096)
            except OSError:  # the other side is closed
                piece = b""
            self.assertTrue(piece, f"ended before {words!r}, saw {seen!r}")
            seen += piece.decode()
        return seen


class NpmPackagesTest(FakesTest):
    def setUp(self):
        super().setUp()
        for tool in ("basename", "cmp", "cp", "mv"):
            (self.folder / tool).symlink_to(shutil.which(tool))
        self.fake("npm", '#!/bin/sh\necho "npm $*" >>"$FAKES/calls"\nmkdir node_modules\n[ ! -e "$FAKES/npm_fails" ]\n')
        self.wanted = self.folder / "wanted"
        self.wanted.mkdir()
        (self.wanted / "package.json").write_text("{}")
        (self.wanted / "package-lock.json").write_text("1")

    def take(self):
        done = subprocess.run(
            [ROOT / "scripts/npm_packages.sh", self.wanted, self.folder / "taken"],
            env={"PATH": str(self.folder), "FAKES": str(self.folder)},
            capture_output=True,
            text=True,
        )
        return done.returncode, len(self.calls())

    def test_once_and_again_where_the_lock_is_another(self):
        self.assertEqual([self.take(), self.take()], [(0, 1), (0, 1)])
        self.assertTrue(self.calls()[0].startswith("npm ci "))
        (self.wanted / "package-lock.json").write_text("2")
        self.assertEqual([self.take(), self.take()], [(0, 2), (0, 2)])
        self.assertTrue((self.folder / "taken/node_modules").is_dir())

    def test_what_failed_is_not_taken_for_done(self):
        (self.folder / "npm_fails").write_text("")
        self.assertEqual(self.take(), (1, 1))
        (self.folder / "npm_fails").unlink()
        self.assertEqual(self.take(), (0, 2))


class TestVerbTest(unittest.TestCase):
    def test_sanitizers_that_do_not_exist_or_do_not_mix(self):
        for san in ("memory", "address,thread", "thread,thread", "address;true"):
            with self.subTest(san=san):
                done = subprocess.run(
                    [ROOT / "scripts/test.sh"], env={**os.environ, "SAN": san}, capture_output=True, text=True
                )
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("want address,undefined", done.stderr)


if __name__ == "__main__":
    unittest.main()
