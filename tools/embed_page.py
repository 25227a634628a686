#!/usr/bin/env python3
"""Writes the page's files as one C++ file: what `yixin serve` sends needs no folder beside the program.

  embed_page.py OUT.cc FILE...     index.html becomes /, the others /NAME

Tested by: tools/embed_page_test.py
"""

import argparse
import pathlib
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
LINE = 4096  # bytes of a piece; compilers have limits on one literal's length in source


def literal(data):
    """C++ string literals, one a line, that together are these bytes."""
    pieces = []
    for start in range(0, max(len(data), 1), LINE):
        # Octal escapes have at most three digits, so that no byte behind one becomes a part of it.
        text = "".join(
            chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}" for byte in data[start : start + LINE]
        )
        pieces.append(f'    "{text}"')
    return "\n".join(pieces)


def generate(files):
    lines = ['// Made by tools/embed_page.py from web/.', '#include "server/page_files.h"', "", "namespace yixin {", "namespace {", ""]
    entries = []
    for index, file in enumerate(sorted(files)):
        if file.suffix not in TYPES:
            raise SystemExit(f"embed_page.py: {file.name}: expected one of {', '.join(TYPES)}")
        data = file.read_bytes()
        path = "/" if file.name == "index.html" else f"/{file.name}"
        lines += [f"constexpr char kFile{index}[] =", literal(data) + ";", ""]
        entries.append(f'      {{"{path}", "{TYPES[file.suffix]}", {{kFile{index}, {len(data)}}}}},')
    lines += ["}  // namespace", "", "std::vector<PageFile> PageFiles() {", "  return {", *entries, "  };", "}", "", "}  // namespace yixin", ""]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("files", type=pathlib.Path, nargs="*")
    arguments = parser.parse_args()
    arguments.out.write_text(generate(arguments.files), encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
