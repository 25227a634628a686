#!/usr/bin/env python3
"""Checks that the code keeps to the map of the rooms (docs/architecture.md).

Reads the #include lines of src/, include/, tests/ and examples/, and the room lists of
src/*/CMakeLists.txt. A room may include itself, rooms of a lower rank and the common headers of
include/yixin; rooms of one rank do not know each other; from rank 6 up only the public API and the open
rooms are in sight, whose headers show nothing of the rooms under them. One table below is the map; a folder that is not in it is an error.

Two headers do not define a class of one name either: nothing but a crash would tell, for the linker takes
either.

It reads lines, not C++: an include inside an #if counts, and a computed include is an error.

Tested by: tools/check_layers_test.py
"""

import argparse
import dataclasses
import pathlib
import re
import sys

# The map: room -> rank.
RANKS = {
    "base": 0,
    "conversations": 1,
    "table": 1,
    "formats": 1,
    "grammar": 1,
    "kernels": 1,
    "tokenizer": 1,
    "store": 1,
    "model": 2,
    "prompt": 2,
    "engine": 3,
    "tasks": 4,
    "api": 5,
    "server": 6,
    "eval": 6,
    "bench": 6,
    "bulk": 6,
    "report": 6,
    "fit": 6,
    "cli": 7,
}
# From here up a room is one of the library's users: it sees include/yixin and, in the command, the
# rooms of rank 6.
API_RANK = 5
USER_RANK = 6
# Rooms that say nothing about the engine, which its users may include too (decision 007). Their
# headers include their own room, include/yixin and libraries, so that no other room comes along.
OPEN_ROOMS = {"conversations", "table"}
# Headers of include/yixin that say nothing about the API: every room may use them.
COMMON_HEADERS = {"escalation.h", "result.h", "version.h", "stop_flag.h", "error_table.h", "utf8.h"}
# Folders of tests/. They hold what crosses rooms, so they may include every room.
TEST_FOLDERS = {"browser", "clients", "data", "e2e", "fuzz", "golden", "install", "support"}

CODE = {".h", ".hpp", ".cc", ".cpp", ".inc"}

# A public header may include these and yixin/ headers, nothing else. (cppreference, C++20)
STANDARD_HEADERS = set(
    """
    algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono
    cinttypes climits clocale cmath compare complex concepts condition_variable coroutine csetjmp
    csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception
    execution filesystem format forward_list fstream functional future initializer_list iomanip ios
    iosfwd iostream istream iterator latch limits list locale map memory memory_resource mutex new
    numbers numeric optional ostream queue random ranges ratio regex scoped_allocator semaphore set
    shared_mutex source_location span sstream stack stdexcept stop_token streambuf string string_view
    syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map unordered_set
    utility valarray variant vector version
    """.split()
)

INCLUDE = re.compile(r"^\s*#\s*include(?:_next)?\s*(?:\"([^\"]*)\"|<([^>]*)>|(\S+))", re.MULTILINE)
BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CMAKE_COMMENT = re.compile(r"#[^\n]*")
CMAKE_ROOM = re.compile(r"\byixin_room\s*\(\s*(\w+)([^)]*)\)")
CMAKE_TARGET = re.compile(r"\byixin_(\w+)\b")
CMAKE_KEYWORDS = {"SOURCES", "TESTS", "ROOMS", "LIBRARIES", "TEST_LIBRARIES", "TESTS_START_NO_THREAD"}


@dataclasses.dataclass(frozen=True)
class Include:
    line: int
    path: str
    quoted: bool
    computed: bool = False


# A class that is defined, or begins to be, at the left edge: not one that is only named (`class A;`).
CLASS = re.compile(r"^(?:struct|class|enum(?: class)?) (?:alignas\([^)]*\) )?(\w+)(?!\w|::)[^;]*$")


def includes_of(text: str):
    """The #include lines of a file. Block comments are blanked, their line breaks kept."""
    text = BLOCK_COMMENT.sub(lambda m: "\n" * m.group(0).count("\n"), text)
    for match in INCLUDE.finditer(text):
        # The pattern may begin with the line breaks before the directive.
        line = text.count("\n", 0, match.start() + match.group(0).index("#")) + 1
        quoted, angled, computed = match.groups()
        if computed is not None:
            yield Include(line, computed, quoted=False, computed=True)
        else:
            path = quoted if quoted is not None else angled
            yield Include(line, path, quoted=quoted is not None)


def room_allows(room: str, other: str) -> str | None:
    """None if `room` may know `other`, or the rule that it breaks."""
    if room == other:
        return None
    rank, other_rank = RANKS[room], RANKS[other]
    if rank >= USER_RANK and other in OPEN_ROOMS:
        return None
    if rank >= USER_RANK and other_rank < USER_RANK:
        return f"{room} (rank {rank}) sees only include/yixin, not the room {other}"
    if other_rank == rank:
        return f"{room} and {other} have the same rank ({rank}) and do not know each other"
    if other_rank > rank:
        return f"{room} (rank {rank}) must not know {other} (rank {other_rank})"
    return None


class Checker:
    def __init__(self, root: pathlib.Path):
        self.root = root
        self.problems: list[str] = []
        self.files = 0
        # room -> the rooms that it links, directly and through others; filled by read_cmake.
        self.linked: dict[str, set[str]] = {}

    def problem(self, path: pathlib.Path, line: int, words: str):
        self.problems.append(f"{path.relative_to(self.root)}:{line}: {words}")

    def run(self):
        self.read_cmake()
        for top, check in (
            ("src", self.check_room_file),
            ("include", self.check_public_header),
            ("tests", self.check_test_file),
            ("examples", self.check_example),
        ):
            for path in sorted((self.root / top).rglob("*")):
                if path.suffix in CODE and path.is_file():
                    self.files += 1
                    text = path.read_text(encoding="utf-8", errors="replace")
                    for include in includes_of(text):
                        if include.computed:
                            self.problem(
                                path, include.line, f"computed include {include.path}: not checkable"
                            )
                        else:
                            check(path, include)
        self.check_class_names()
        self.check_folders()

    # Folders that are not on the map.
    def check_class_names(self):
        seen = {}
        headers = [path for folder in ("include", "src") for path in sorted((self.root / folder).rglob("*.h"))]
        for path in headers:
            # A room's tests are a program of their own.
            if path.stem.startswith("test_") or path.stem.endswith("_test"):
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if not (found := CLASS.match(line)):
                    continue
                first = seen.setdefault(found[1], path)
                if first != path:
                    self.problem(path, number, f"{first.relative_to(self.root)} defines another class {found[1]}")

    def check_folders(self):
        for top, known in (("src", set(RANKS)), ("include", {"yixin"}), ("tests", TEST_FOLDERS)):
            folder = self.root / top
            if not folder.is_dir():
                continue
            for entry in sorted(folder.iterdir()):
                if entry.is_dir() and entry.name not in known:
                    # An empty folder is nothing that git would keep.
                    if any(p.is_file() for p in entry.rglob("*")) and entry.name != "__pycache__":
                        self.problem(entry, 0, f"unknown folder: {top}/ has {', '.join(sorted(known))}")
                elif entry.is_file() and entry.suffix in CODE:
                    self.problem(entry, 0, f"code directly in {top}/: it belongs in one of its folders")

    def room_of(self, path: str) -> str | None:
        first, slash, _ = path.partition("/")
        return first if slash and first in RANKS else None

    def check_room_file(self, path: pathlib.Path, include: Include):
        parts = path.relative_to(self.root / "src").parts
        if len(parts) < 2 or parts[0] not in RANKS:
            return  # check_folders says so
        room = parts[0]
        other = self.room_of(include.path)
        is_public = include.path.startswith("yixin/")
        if not include.quoted:
            if other or is_public:
                self.problem(path, include.line, f'write #include "{include.path}", with quotes')
            return
        if is_public:
            name = include.path.removeprefix("yixin/")
            if RANKS[room] < API_RANK and name not in COMMON_HEADERS:
                self.problem(
                    path,
                    include.line,
                    f"{room} (rank {RANKS[room]}) lies under the public API and may use only"
                    f" {', '.join(sorted(COMMON_HEADERS))} of include/yixin, not {name}",
                )
            return
        is_test = path.stem.endswith("_test")
        if include.path.startswith("support/") and is_test:
            return
        if other is None:
            self.problem(
                path,
                include.line,
                f'"{include.path}" names no room: write "room/file.h" for ours, <header> for libraries',
            )
            return
        broken = room_allows(room, other)
        if broken:
            self.problem(path, include.line, f'includes "{include.path}": {broken}')
        elif room in OPEN_ROOMS and other != room and path.suffix == ".h":
            self.problem(
                path,
                include.line,
                f'includes "{include.path}": {room} is open to the library\'s users, who must not see {other}',
            )
        elif other != room and room in self.linked and other not in self.linked[room]:
            self.problem(
                path,
                include.line,
                f'includes "{include.path}", but src/{room}/CMakeLists.txt does not list {other} in ROOMS',
            )

    def check_public_header(self, path: pathlib.Path, include: Include):
        if include.path.startswith("yixin/"):
            if not include.quoted:
                self.problem(path, include.line, f'write #include "{include.path}", with quotes')
            return
        if include.quoted or include.path not in STANDARD_HEADERS:
            self.problem(
                path,
                include.line,
                f"public header includes {include.path}: only the C++ standard library and yixin/ headers",
            )

    def check_test_file(self, path: pathlib.Path, include: Include):
        if not include.quoted or include.path.startswith("yixin/"):
            return
        first, slash, _ = include.path.partition("/")
        if not slash or first not in RANKS.keys() | TEST_FOLDERS:
            self.problem(
                path, include.line, f'"{include.path}": write "room/file.h", "yixin/x.h" or "support/..."'
            )

    def check_example(self, path: pathlib.Path, include: Include):
        if include.path.startswith("yixin/"):
            return
        if include.quoted or include.path not in STANDARD_HEADERS:
            self.problem(path, include.line, f"example includes {include.path}: only the public API (yixin/...)")

    # The room lists of src/*/CMakeLists.txt, against the same map.
    def read_cmake(self):
        listed: dict[str, set[str]] = {}
        for path in sorted((self.root / "src").glob("*/CMakeLists.txt")):
            folder = path.parent.name
            if folder not in RANKS:
                continue  # check_folders says so
            text = CMAKE_COMMENT.sub("", path.read_text(encoding="utf-8"))
            for match in CMAKE_ROOM.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                name, words = match.group(1), match.group(2).split()
                if name != folder:
                    self.problem(path, line, f"yixin_room({name}) in the folder {folder}")
                    continue
                keyword = None
                for word in words:
                    if word in CMAKE_KEYWORDS:
                        keyword = word
                    elif keyword == "ROOMS":
                        listed.setdefault(folder, set()).add(word)
                        self.check_link(path, line, folder, word)
                listed.setdefault(folder, set())
            # A room by its target's name, in any command of the file.
            for match in CMAKE_TARGET.finditer(text):
                if match.group(1) in RANKS and match.group(1) != folder:
                    line = text.count("\n", 0, match.start()) + 1
                    self.check_link(path, line, folder, match.group(1))
        for room in listed:
            reached: set[str] = set()
            todo = list(listed[room])
            while todo:
                other = todo.pop()
                if other not in reached:
                    reached.add(other)
                    todo.extend(listed.get(other, ()))
            self.linked[room] = reached

    def check_link(self, path: pathlib.Path, line: int, room: str, other: str):
        if other not in RANKS:
            self.problem(path, line, f"ROOMS lists {other}, which is no room")
            return
        # Users link the facade; through it they reach include/yixin.
        if RANKS[room] >= USER_RANK and other == "api":
            return
        broken = room_allows(room, other)
        if broken:
            self.problem(path, line, f"links {other}: {broken}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks the map of the rooms.")
    parser.add_argument("root", nargs="?", default=pathlib.Path(__file__).resolve().parent.parent)
    checker = Checker(pathlib.Path(parser.parse_args().root).resolve())
    checker.run()
    if not checker.files:
        checker.problems.append(f"{checker.root}: no C++ file found: is this the project's folder?")
    for problem in checker.problems:
        print(problem, file=sys.stderr)
    print(f"layers: {checker.files} files, {len(checker.problems)} problem(s)")
    return 1 if checker.problems else 0


if __name__ == "__main__":
    sys.exit(main())
