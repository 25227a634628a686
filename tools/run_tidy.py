#!/usr/bin/env python3
"""Runs clang-tidy over the project's sources, and only over what changed since it last was clean.

Most of the time goes to the headers of the system, which clang-tidy searches like our own. So files of the
same flags that do not clash are looked at in one translation unit (source_groups.py): a third of the time.
A group with findings is looked at again file by file, and those findings count; so do a file's that does
not compile beside others. What only shows in a file by itself is listed at alone().

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
import re
import subprocess
import sys
import tempfile

import check_layers
import source_groups

CLANG_TIDY = "clang-tidy-14"
TOPS = ("src", "tests", "examples")
# Twice that saves a tenth more, and a finding costs a look at each file of its group.
LARGEST_GROUP = 16


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


def alone(text: str) -> bool:
    """Whether a check would miss something in this file if another included it: misc-unused-alias-decls, of
    .clang-tidy's checks the one that looks at the main file only. Here: an alias that nothing seems to use."""
    return any(not re.search(rf"\b{name}::", text) for name in re.findall(r"^\s*namespace (\w+) =", text, re.MULTILINE))


def groups_of(commands: dict[pathlib.Path, str]) -> list[tuple[str, list[pathlib.Path]]]:
    """The files in groups that share a translation unit, each with its flags; the large ones first, so that
    the last job is a short one."""
    together: dict[str, list[pathlib.Path]] = {}
    groups = []
    for path, command in commands.items():
        flags, common, _ = command.partition(" -o ")  # CMake ends a command in -o OBJECT -c SOURCE
        if not common or alone(path.read_text(encoding="utf-8", errors="replace")):
            groups.append((flags, [path]))
        else:
            together.setdefault(flags, []).append(path)
    for flags, paths in together.items():
        groups += [(flags, group) for group in source_groups.grouped(paths, LARGEST_GROUP)]
    return sorted(groups, key=lambda group: -len(group[1]))


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


def tidy_group(
    build: pathlib.Path, scratch: pathlib.Path, flags: str, paths: list[pathlib.Path]
) -> list[tuple[pathlib.Path, bool, str]]:
    """Each file with whether it is clean, and clang-tidy's words."""
    if len(paths) > 1:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:  # under the root, for its .clang-tidy
            unit = pathlib.Path(folder) / "unit.cc"
            unit.write_text(
                "".join(f'#include "{path}"  // NOLINT(bugprone-suspicious-include)\n' for path in paths)
            )
            entry = {"directory": str(build), "file": str(unit), "command": f"{flags} -o unit.o -c {unit}"}
            (unit.parent / "compile_commands.json").write_text(json.dumps([entry]))
            if tidy(unit.parent, unit)[0]:
                return [(path, True, "") for path in paths]
    return [(path, *tidy(build, path)) for path in paths]


def run(root: pathlib.Path, build: pathlib.Path, stamps: pathlib.Path, jobs: int) -> int:
    commands = commands_of(root, build)
    if not commands:
        print(f"clang-tidy: no source of {root} in {build}/compile_commands.json", file=sys.stderr)
        return 1
    version = subprocess.run([CLANG_TIDY, "--version"], stdout=subprocess.PIPE, check=True).stdout
    common = version + (root / ".clang-tidy").read_bytes()
    sources = Sources(root)
    stamps.mkdir(parents=True, exist_ok=True)
    todo, stamp_names = {}, {}
    for path, command in commands.items():
        stamp = stamps / stamp_of(sources, path, command, common)
        if not stamp.exists():
            todo[path] = command
            stamp_names[path] = stamp

    failed = 0
    groups = groups_of(todo)
    with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
        looks = pool.map(lambda group: tidy_group(build, stamps.resolve(), *group), groups)
        for path, clean, output in (result for results in looks for result in results):
            if clean:
                stamp_names[path].touch()
            else:
                failed += 1
                print(f"{path.relative_to(root)}:\n{output}", file=sys.stderr)
    print(
        f"clang-tidy: {len(commands)} files, {len(todo)} looked at in {len(groups)} groups, {failed} with findings"
    )
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
