#!/usr/bin/env python3
"""Runs clang-tidy over the project's sources, and only over what changed since it last was clean.

A file's stamp is a digest of all that its result depends on: the file, the headers of ours that it
reaches, .clang-tidy, the compile command and clang-tidy's version. Clean stamps are kept; a file that
has one is not looked at again.

    run_tidy.py BUILD_FOLDER STAMP_FOLDER [--jobs N]

Tested by: tools/run_tidy_test.py
"""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import pathlib
import subprocess
import sys

import check_layers

CLANG_TIDY = "clang-tidy-14"
TOPS = ("src", "tests", "examples")


class Sources:
    """Which files of ours a file reaches by its #include lines."""

    def __init__(self, root: pathlib.Path):
        self.root = root

    @functools.cache
    def direct(self, path: pathlib.Path) -> tuple[pathlib.Path, ...]:
        found = []
        for include in check_layers.includes_of(path.read_text(encoding="utf-8", errors="replace")):
            for folder in (path.parent, self.root / "src", self.root / "include", self.root / "tests"):
                candidate = folder / include.path
                if candidate.is_file():
                    found.append(candidate.resolve())
                    break
        return tuple(found)

    def reached(self, path: pathlib.Path) -> list[pathlib.Path]:
        seen, todo = set(), [path]
        while todo:
            current = todo.pop()
            if current not in seen:
                seen.add(current)
                todo.extend(self.direct(current))
        return sorted(seen)


def stamp_of(sources: Sources, path: pathlib.Path, command: str, common: bytes) -> str:
    digest = hashlib.sha256(common)
    digest.update(command.replace(str(sources.root), "").encode())
    for file in sources.reached(path):
        digest.update(str(file.relative_to(sources.root)).encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def commands_of(root: pathlib.Path, build: pathlib.Path) -> dict[pathlib.Path, str]:
    """Source file -> compile command, for the files that are ours."""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if path.is_relative_to(root) and path.relative_to(root).parts[0] in TOPS:
            commands[path] = entry.get("command") or " ".join(entry["arguments"])
    return commands


def tidy(build: pathlib.Path, path: pathlib.Path) -> tuple[bool, str]:
    done = subprocess.run(
        # The commands are g++'s: what clang does not know of them is no finding.
        [
            CLANG_TIDY, "-p", str(build), "--quiet",
            "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-ignored-optimization-argument",
            str(path),
        ],  # fmt: skip
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Standard error counts suppressed warnings; it matters only when clang-tidy itself failed.
    return done.returncode == 0, done.stdout + (done.stderr if done.returncode else "")


def run(root: pathlib.Path, build: pathlib.Path, stamps: pathlib.Path, jobs: int) -> int:
    commands = commands_of(root, build)
    if not commands:
        print(f"clang-tidy: no source of {root} in {build}/compile_commands.json", file=sys.stderr)
        return 1
    version = subprocess.run([CLANG_TIDY, "--version"], stdout=subprocess.PIPE, check=True).stdout
    common = version + (root / ".clang-tidy").read_bytes()
    sources = Sources(root)
    stamps.mkdir(parents=True, exist_ok=True)
    todo = {}
    for path, command in commands.items():
        stamp = stamps / stamp_of(sources, path, command, common)
        if not stamp.exists():
            todo[path] = stamp

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
        results = pool.map(lambda path: tidy(build, path), todo)
        for (path, stamp), (clean, output) in zip(todo.items(), results):
            if clean:
                stamp.touch()
            else:
                failed += 1
                print(f"{path.relative_to(root)}:\n{output}", file=sys.stderr)
    print(f"clang-tidy: {len(commands)} files, {len(todo)} looked at, {failed} with findings")
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="clang-tidy on what changed.")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("stamps", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    return run(root, options.build.resolve(), options.stamps, options.jobs)


if __name__ == "__main__":
    sys.exit(main())
