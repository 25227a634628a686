#!/usr/bin/env python3
"""Which sources may share one translation unit, so that the headers they share are read once.

Two files may not, if both declare one name in one namespace: their anonymous namespaces would be one. The same
`using A = B;` in both is one declaration twice, which C++ allows. Nor may a file declare what a header of ours that
the other one includes has. It reads lines, not C++, and relies on clang-format: what a namespace holds begins in column 0. A clash that
it does not see is a compiler's error, never another meaning that passes: who uses it says what follows.

    source_groups.py --largest N FILE...     prints the number of each file's group, in the files' order

Tested by: tools/source_groups_test.py
"""

import argparse
import functools
import pathlib
import re
import sys
from collections.abc import Callable, Iterable

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)
HEADER_TYPE = re.compile(r"^(?:class|struct|enum class|enum|union) (?:\[\[\w+\]\] |alignas\(\w+\) )?(\w+)\b(?!;)", re.MULTILINE)
NAMESPACE = re.compile(r"(?:inline )?namespace ([\w:]+) \{")
# A macro is in no namespace; nor does `extern "C"` care for one.
MACRO = re.compile(r"#\s*define (\w+)")
C_FUNCTION = re.compile(r'extern "C" [^(]*?(\w+)\(')
TEST = re.compile(r"\w*TEST\w*\((\w+), (\w+)")
TYPE = re.compile(r"(?:class|struct|enum class|enum|union) (?:\[\[\w+\]\] |alignas\(\w+\) )?(\w+)")
ALIAS = re.compile(r"using (\w+) =")
# The word before the first bracket or sign: a function's or a variable's name.
OTHER = re.compile(r"[^(={;\[]*?([\w:~]+)\s*[(={;\[]")
NO_NAME = ("//", "#", "}", "{", ")", "namespace", "using", "template", "public", "private", "protected", "static_assert")
RAW_STRING = re.compile(r'R"([^()\\\s]{0,16})\(.*?\)\1"', re.DOTALL)


def names_of(text: str) -> dict[str, str]:
    """What a source declares outside classes and functions, each with its namespace: name -> all of an alias's
    declaration, of something else nothing."""
    names = {}
    space = ""
    for line in RAW_STRING.sub('""', text).splitlines():
        if not line or line[0].isspace():
            if macro := MACRO.match(line.lstrip()):
                names[f"#{macro[1]}"] = ""
            continue
        if match := NAMESPACE.match(line):
            space = match[1]
        elif match := MACRO.match(line):
            names[f"#{match[1]}"] = ""
        elif match := C_FUNCTION.match(line):
            names[match[1]] = ""
        elif match := TEST.match(line):
            names[f"{space} {match[1]}_{match[2]}_Test"] = ""
        elif match := ALIAS.match(line):
            names[f"{space} {match[1]}"] = line if line.endswith(";") else ""
        elif match := TYPE.match(line):
            names[f"{space} {match[1]}"] = ""
        elif not line.startswith(NO_NAME) and (match := OTHER.match(line)):
            names[f"{space} {match[1]}"] = ""
    return names


@functools.cache
def names_of_header(path: pathlib.Path) -> dict[str, str]:
    """Functions of two headers may be overloads of each other; types are two."""
    text = path.read_text(encoding="utf-8", errors="replace")
    types = set(HEADER_TYPE.findall(text))
    return {name: str(path) if name.split()[-1] in types else "a header's" for name in names_of(text)}


@functools.cache
def headers_of(path: pathlib.Path) -> frozenset[pathlib.Path]:
    """The headers of ours that it includes, and theirs."""
    found = set()
    for include in INCLUDE.findall(path.read_text(encoding="utf-8", errors="replace")):
        for folder in (path.parent, *(ROOT / top for top in ("src", "include", "tests"))):
            if (header := folder / include).is_file():
                found |= {header.resolve(), *headers_of(header.resolve())}
                break
    return frozenset(found)


def names_in(path: pathlib.Path) -> dict[str, str]:
    """What a source declares and what it includes: a definition of what a header has is the header's."""
    names = names_of(path.read_text(encoding="utf-8", errors="replace"))
    for header in headers_of(path):
        names.update(names_of_header(header))
    return names


def clash(one: dict[str, str], other: dict[str, str]) -> bool:
    return any(one[name] != other[name] or not one[name] for name in one.keys() & other.keys())


def grouped(files: Iterable[pathlib.Path], largest: int) -> list[list[pathlib.Path]]:
    """Each file goes to the first group that has room and none of its names."""
    groups: list[tuple[list[pathlib.Path], dict[str, str]]] = []
    for file in files:
        names = names_in(file)
        for members, taken in groups:
            if len(members) < largest and not clash(names, taken):
                members.append(file)
                taken.update(names)
                break
        else:
            groups.append(([file], names))
    return [members for members, _ in groups]


def main(arguments: list[str] | None = None, write: Callable[[str], object] = sys.stdout.write) -> int:
    parser = argparse.ArgumentParser(description="Which sources may share one translation unit.")
    parser.add_argument("--largest", type=int, required=True, help="files in a group")
    parser.add_argument("files", type=pathlib.Path, nargs="+")
    options = parser.parse_args(arguments)
    number = {file: n for n, group in enumerate(grouped(options.files, options.largest)) for file in group}
    write(";".join(str(number[file]) for file in options.files) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
