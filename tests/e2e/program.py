"""The program under test, as other programs meet it: arguments, pipes, a terminal.

YIXIN_PROGRAM is its path and YIXIN_WRITE_TINY_MODEL the path of write_tiny_model (CMake sets both). Every
test has a home of its own, and the network is never asked.
"""

import fcntl
import json
import os
import pathlib
import re
import select
import struct
import subprocess
import tempfile
import termios
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ["YIXIN_PROGRAM"]
# Of one answer of the program; generous, for it only ends tests that fail.
PATIENCE_S = 120


class ProgramTest(unittest.TestCase):
    """A home, a cache and the tiny model in a folder that goes away."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="yixin_e2e_")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.model = str(cls.folder / "tiny.gguf")
        subprocess.run([os.environ["YIXIN_WRITE_TINY_MODEL"], cls.model], check=True)

    @classmethod
    def environment(cls, **extra):
        keep = ("PATH", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH")
        environment = {name: os.environ[name] for name in keep if name in os.environ}
        environment.update(
            HOME=str(cls.folder / "home"),
            XDG_CACHE_HOME=str(cls.folder / "cache"),
            XDG_STATE_HOME=str(cls.folder / "state"),
            HF_HUB_OFFLINE="1",
            TERM="xterm-256color",
        )
        environment.update(extra)
        return {name: value for name, value in environment.items() if value is not None}

    def run_program(self, *words, stdin=b"", code=0, env=None, stdout=subprocess.PIPE):
        """stdin and the outputs are bytes; words may be str or bytes; code None: any."""
        done = subprocess.run(
            [PROGRAM, *words],
            input=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=self.environment(**(env or {})),
            timeout=PATIENCE_S,
        )
        self.assertIn(done.returncode, (done.returncode if code is None else code,), f"{str(words):.500}\n{done.stdout}\n{done.stderr.decode(errors='replace')}")
        return done

    def run_verb(self, verb, *words, **options):
        return self.run_program(verb, "--model", self.model, *words, **options)

    def json_lines(self, output):
        self.assertTrue(output == b"" or output.endswith(b"\n"))
        return [json.loads(line) for line in output.decode().split("\n")[:-1]]


class Terminal:
    """The program on a pseudo-terminal that it controls, 80 columns wide."""

    def __init__(self, words, env, columns=80):
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

        def take_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [PROGRAM, *words], stdin=slave, stdout=slave, stderr=slave, env=env, preexec_fn=take_terminal
        )
        os.close(slave)
        self.seen = b""  # everything that was shown, control sequences and all
        self.mark = 0  # up to here it was waited for

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)

    def send(self, keys):
        os.write(self.master, keys.encode())

    def resize(self, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def _read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            got = os.read(self.master, 65536)
        except OSError:  # EIO: the program has left
            got = b""
        self.seen += got
        return bool(got)

    def expect(self, pattern):
        """Waits for a regular expression after what was waited for before; gives the match."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            text = self.seen[self.mark :].decode(errors="replace")
            match = re.search(pattern, text)
            if match:
                self.mark += len(text[: match.end()].encode())
                return match
            if time.monotonic() > deadline or (not self._read(1) and self.process.poll() is not None):
                raise AssertionError(f"no {pattern!r} in what was shown:\n{self.seen.decode(errors='replace')}")

    def expect_exit(self):
        """The exit code, once everything was shown."""
        deadline = time.monotonic() + PATIENCE_S
        while self._read(0.2) or self.process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"does not leave:\n{self.seen.decode(errors='replace')}")
        return self.process.wait()
